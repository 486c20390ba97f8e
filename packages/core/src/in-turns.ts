/**
 * Does the work for each, so many at once; results are in the order of the things. The first failure lets none begin
 * after it and is thrown when those under way have ended.
 */
export async function inTurns<T, R>(
  all: readonly T[],
  atOnce: number,
  work: (one: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = []
  const failures: unknown[] = []
  // All of them take from the same one.
  const left = all.entries()
  async function takeTurns(): Promise<void> {
    for (const [at, one] of left) {
      if (failures.length > 0) return
      try {
        results[at] = await work(one)
      } catch (error) {
        failures.push(error)
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, all.length) }, takeTurns))
  if (failures.length > 0) throw failures[0]
  return results
}
