/** A held mutex. The kernel frees it when the process that holds it dies. */
export interface HeldMutex {
  /** True while nobody else can have taken it: checked before what cannot be undone. */
  stillHeld(): Promise<boolean>
  release(): Promise<void>
}

/** One deploy, roll back or prune of a project at a time on a host, whatever number of workers there are. */
export interface ProjectMutex {
  /** Null when somebody else holds it. */
  tryAcquire(root: string): Promise<HeldMutex | null>
}
