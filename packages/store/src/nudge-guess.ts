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

/** Deliveries that are remembered at least, so that their repetitions are not nudged for nothing. */
const remembered = 5_000

export function createNudgeGuess(): NudgeGuess {
  // Projects by host, of which there are as many as the configuration has.
  const waiting = new Map<string, Set<string>>()
  // In two parts, of which the elder is forgotten as a whole: taking out one by one costs more the more there were.
  let [taken, before] = [new Set<string>(), new Set<string>()]

  function waitingOn(host: string): Set<string> {
    const known = waiting.get(host) ?? new Set()
    waiting.set(host, known)
    return known
  }

  return {
    isNeeded: ({ wanted: { host, project }, deployment }) =>
      !waiting.get(host)?.has(project) && !taken.has(deployment) && !before.has(deployment),
    learn({ wanted: { host, project, delivery }, deployment }, { isNew, needsNudge }) {
      if (isNew && !needsNudge) {
        // Its delivery need not be remembered: a repetition is nudged for nothing once at most.
        waitingOn(host).add(project)
        return
      }
      // Where nothing new came, nothing was said about what waits.
      waiting.get(host)?.delete(project)
      if (delivery === undefined) return
      taken.add(deployment)
      if (taken.size >= remembered) [taken, before] = [new Set(), taken]
    },
  }
}
