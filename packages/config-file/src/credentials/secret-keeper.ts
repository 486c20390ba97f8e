import { type Clock, createLiveRedactor, type Redact } from '@slipway/core'

/** Every secret that this process knows, so that none of them comes out of it. */
export interface SecretKeeper {
  /** Hides the text from now on; with `until` (milliseconds since 1970) until well after that time. */
  keep(secret: string, until?: number): void
  /** Takes all of them out of a text. */
  readonly redact: Redact
}

/** What has run out still stands in the answers and lines of what is under way. */
const graceMs = 3_600_000
/** A command that prints another password each second must not fill the memory. */
const mostTemporary = 200

export function createSecretKeeper(clock: Clock): SecretKeeper {
  const untilOf = new Map<string, number>()
  let all: readonly string[] = []

  function dropOld(): void {
    const now = clock.now()
    const temporary = [...untilOf].filter(([, until]) => until !== Number.POSITIVE_INFINITY)
    const soonest = temporary.toSorted(([, a], [, b]) => a - b)
    const over = soonest.length - mostTemporary
    for (const [at, [secret, until]] of soonest.entries())
      if (at < over || until + graceMs < now) untilOf.delete(secret)
  }

  return {
    keep(secret, until = Number.POSITIVE_INFINITY) {
      const isKnown = untilOf.has(secret)
      untilOf.set(secret, Math.max(until, untilOf.get(secret) ?? 0))
      if (isKnown) return
      dropOld()
      all = [...untilOf.keys()]
    },
    redact: createLiveRedactor(() => all),
  }
}
