/** Does the same with many things, so many at a time; results are in the order of the things. */
export async function fewAtOnce<T, R>(
  things: readonly T[],
  atOnce: number,
  work: (thing: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = []
  const rest = things.entries()
  async function goOn(): Promise<void> {
    // All of them take from the same one.
    for (const [index, thing] of rest) results[index] = await work(thing)
  }
  await Promise.all(Array.from({ length: atOnce }, goOn))
  return results
}
