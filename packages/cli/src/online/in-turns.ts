/** Does the work for each, `width` at once, and gives what came of it in the order of `all`. */
export async function inTurns<T, R>(
  all: readonly T[],
  width: number,
  work: (one: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = []
  const rest = all.entries()
  const lane = async () => {
    for (const [at, one] of rest) results[at] = await work(one)
  }
  await Promise.all(Array.from({ length: Math.min(width, all.length) }, lane))
  return results
}
