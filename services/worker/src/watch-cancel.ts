import { type Request, SlipwayError } from '@slipway/core'

/** Looks out for a person who takes a deployment back. */
export interface CancelWatch {
  readonly signal: AbortSignal
  stop(): void
}

/** Milliseconds between two looks: as long as a person hardly notices. */
const every = 500

/**
 * Asks Redis whether somebody wants the end of a deployment that is under way. A request stays there until it is seen,
 * so it reaches the run wherever its worker is, and also the one that takes it up after a crash; a message to
 * whoever listens would be lost with a connection.
 */
export function watchCancel(ask: () => Promise<Request | null>): CancelWatch {
  const controller = new AbortController()
  let timer: NodeJS.Timeout | undefined
  let stopped = false

  async function look(): Promise<void> {
    // While Redis is away nobody can ask for anything either.
    const request = await ask().catch(() => null)
    if (stopped) return
    if (request) controller.abort(new SlipwayError('CANCELLED', `Cancelled by ${request.by}.`))
    else timer = setTimeout(() => void look(), every)
  }

  void look()
  return {
    signal: controller.signal,
    stop() {
      stopped = true
      clearTimeout(timer)
    },
  }
}
