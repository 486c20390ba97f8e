import type { Part, Written } from './accept.ts'

/**
 * Guesses whether a part will need a nudge, before Redis says so: sent along with the write it costs no second round
 * trip. A wrong guess does no harm. A nudge too many finds another one that waits, or nothing new to do, and one that
 * was not sent along is sent afterwards.
 */
export interface NudgeGuess {
  isNeeded(part: Part): boolean
  learn(part: Part, written: Written): void
}

/** Deliveries that are remembered, so that their repetitions are not nudged for nothing. */
const remembered = 10_000

export function createNudgeGuess(): NudgeGuess {
  // By host and project, of which there are as many as the configuration has.
  const waiting = new Set<string>()
  const taken = new Set<string>()
  const placeOf = ({ wanted: { host, project } }: Part) => `${host} ${project}`

  return {
    isNeeded: (part) => !waiting.has(placeOf(part)) && !taken.has(part.deployment),
    learn(part, { isNew, needsNudge }) {
      const place = placeOf(part)
      // Where nothing new came, nothing was said about what waits.
      if (isNew && !needsNudge) waiting.add(place)
      else waiting.delete(place)
      if (part.wanted.delivery === undefined) return
      taken.add(part.deployment)
      if (taken.size <= remembered) return
      const [oldest = ''] = taken
      taken.delete(oldest)
    },
  }
}
