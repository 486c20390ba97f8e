/** Does the work for each, so many at once. The first failure lets none begin after it and is thrown in the end. */
export async function inTurns<T>(
  all: readonly T[],
  atOnce: number,
  work: (one: T) => Promise<void>,
): Promise<void> {
  const left = all.values()
  let hasFailed = false
  async function takeTurns(): Promise<void> {
    for (const one of left) {
      if (hasFailed) return
      try {
        await work(one)
      } catch (error) {
        hasFailed = true
        throw error
      }
    }
  }
  const ended = await Promise.allSettled(Array.from({ length: atOnce }, takeTurns))
  for (const turn of ended) if (turn.status === 'rejected') throw turn.reason
}
