import { createRedactor } from '@slipway/core'
import { type DestinationStream, type Logger, levels, pino } from 'pino'

/** True for what LOG_LEVEL may be. */
export function isLogLevel(text: string): boolean {
  return text === 'silent' || text in levels.values
}

/** The log of the service: JSON lines out of which every known secret is taken by its value, wherever it came in. */
export function createLogger(level: string, secrets: readonly string[], to?: DestinationStream): Logger {
  const options = { level, base: null, hooks: { streamWrite: createRedactor(secrets) } }
  return pino(options, to ?? gathered(pino.destination({ dest: 1, sync: true })))
}

/** Milliseconds that a line may wait for others. */
const longestWait = 10

/**
 * Writes several lines at once: under many calls the writes would cost more than what they tell. A process that is
 * killed loses the lines of that short time, one that ends in any other way none.
 */
function gathered(to: DestinationStream): DestinationStream {
  let lines = ''
  function flush(): void {
    if (lines === '') return
    const due = lines
    lines = ''
    to.write(due)
  }
  process.on('exit', flush)
  return {
    write(line) {
      if (lines === '') setTimeout(flush, longestWait).unref()
      lines += line
    },
  }
}
