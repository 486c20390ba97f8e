/** Says how long whoever calls under a key has to wait. */
export interface RateLimit {
  /**
   * Counts one call.
   * @param key one of few, such as the name of a hook: each is remembered until the minute ends
   * @param now milliseconds since 1970
   * @returns seconds until the next call is taken, at least one; 0 when this one is
   */
  take(key: string, now: number): number
}

const windowMs = 60_000

/**
 * So many calls a minute for each key, in windows that begin with the clock's minutes.
 * @param perMinute 0 for no limit
 */
export function createRateLimit(perMinute: number): RateLimit {
  const counts = new Map<string, number>()
  let current = -1
  return {
    take(key, now) {
      if (perMinute === 0) return 0
      const window = Math.floor(now / windowMs)
      if (window !== current) {
        counts.clear()
        current = window
      }
      const count = (counts.get(key) ?? 0) + 1
      counts.set(key, count)
      return count <= perMinute ? 0 : Math.max(1, Math.ceil(((window + 1) * windowMs - now) / 1_000))
    },
  }
}
