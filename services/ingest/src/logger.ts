import { createRedactor } from '@slipway/core'
import { type DestinationStream, type Logger, levels, pino } from 'pino'

/** True for what LOG_LEVEL may be. */
export function isLogLevel(text: string): boolean {
  return text === 'silent' || text in levels.values
}

/** The log of the service: JSON lines out of which every known secret is taken by its value, wherever it came in. */
export function createLogger(level: string, secrets: readonly string[], to?: DestinationStream): Logger {
  const options = { level, base: null, hooks: { streamWrite: createRedactor(secrets) } }
  return to ? pino(options, to) : pino(options)
}
