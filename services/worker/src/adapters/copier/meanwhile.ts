import { setImmediate as nextTurn } from 'node:timers/promises'

/**
 * Does `some` between the turns of other work, as long as there is some and the work has not come to its end.
 * @returns what the work does @throws what it throws, and what `some` throws, in both cases when the work has ended
 */
export async function meanwhile<T>(work: Promise<T>, some: () => boolean): Promise<T> {
  let isOver = false
  const over = () => {
    isOver = true
  }
  const ended = work.then(over, over)
  try {
    while (!isOver && some()) await nextTurn()
  } finally {
    await ended
  }
  return work
}
