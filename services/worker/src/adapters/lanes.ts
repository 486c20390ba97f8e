/** Lets some work go on at once, and no more. */
export interface Lanes {
  /** Resolves as soon as the work could be begun. Rejects with the first failure of any work so far. */
  run(work: () => Promise<void>): Promise<void>
  /** Resolves when nothing is under way; rejects with the first failure. */
  drain(): Promise<void>
}

export function openLanes(count: number): Lanes {
  const underWay = new Set<Promise<void>>()
  let failure: { readonly error: unknown } | null = null

  function requireGood(): void {
    if (failure) throw failure.error
  }

  return {
    async run(work) {
      while (underWay.size >= count) await Promise.race(underWay)
      requireGood()
      const job: Promise<void> = work()
        .catch((error: unknown) => {
          failure ??= { error }
        })
        .finally(() => underWay.delete(job))
      underWay.add(job)
    },
    async drain() {
      await Promise.all(underWay)
      requireGood()
    },
  }
}
