export interface ContainerCommand {
  /** Name of a running container. */
  readonly container: string
  /** Arguments, no shell. */
  readonly command: readonly string[]
}

/**
 * Commands in containers that others run. What was begun cannot be ended from outside, only waited for.
 * @throws SlipwayError ENGINE_UNAVAILABLE (retryable), and ENGINE_FAILED when the container is not there or does not run
 */
export interface ContainerCommands {
  /** Resolves with the exit code; `onLine` is told each line of the output. When the signal fires only the waiting ends. */
  run(what: ContainerCommand, onLine: (line: string) => void, signal: AbortSignal): Promise<number>
  /** True while the same command that somebody began this way still runs there. */
  isRunning(what: ContainerCommand, signal: AbortSignal): Promise<boolean>
}
