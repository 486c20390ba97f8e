/** What every part of the lab that may take long is given. */
export interface LabOptions {
  /** Called with one line for each long step. */
  readonly say: (line: string) => void
  readonly signal?: AbortSignal | undefined
}
