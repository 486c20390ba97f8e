import type { Environment } from '@slipway/config-file'
import type { Clock } from '@slipway/core'

/** What a command has of the world around it. */
export interface CommandContext {
  readonly environment: Environment
  readonly clock: Clock
  /** A line of the result, for standard output. */
  readonly out: (line: string) => void
  /** A line for the person who reads along, for standard error. */
  readonly say: (line: string) => void
}

/** One command of `slipway`, in a file of its own. */
export interface Command {
  /** One or two words. */
  readonly name: string
  /** What it does, in one clause. */
  readonly summary: string
  /** What `slipway COMMAND --help` prints: usage first, then its options. */
  readonly help: string
  /**
   * Resolves with the exit code.
   * @throws UsageError, or what parseArgs throws, for a wrong command line; SlipwayError for what went wrong
   */
  readonly run: (args: readonly string[], context: CommandContext) => Promise<number>
}
