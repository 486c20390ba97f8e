import { setTimeout as pause } from 'node:timers/promises'

/** Asks again and again until there is an answer; fails when there is none for too long. */
export async function until<T>(
  ask: () => Promise<T | undefined> | T | undefined,
  longest = 15_000,
): Promise<T> {
  const end = Date.now() + longest
  for (;;) {
    const answer = await ask()
    if (answer !== undefined) return answer
    if (Date.now() > end) throw new Error(`still nothing after ${longest} ms`)
    await pause(25)
  }
}
