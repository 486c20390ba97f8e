import type { Logger } from 'pino'
import { createLogger } from '../src/logger.ts'

/** A log whose lines a test can read. */
export interface CapturedLog {
  readonly log: Logger
  readonly lines: string[]
  /** The lines of requests, parsed. */
  requests(): Record<string, unknown>[]
}

export function captureLog(secrets: readonly string[] = []): CapturedLog {
  const lines: string[] = []
  const log = createLogger('trace', secrets, { write: (line) => void lines.push(line) })
  const requests = () =>
    lines.map((line): Record<string, unknown> => JSON.parse(line)).filter(({ msg }) => msg === 'request')
  return { log, lines, requests }
}
