import { setImmediate } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { inTurns } from './in-turns.ts'

it('does no more at once than it may, and keeps the order', async () => {
  let running = 0
  let most = 0

  const results = await inTurns([5, 1, 4, 2, 3], 2, async (turns) => {
    running += 1
    most = Math.max(most, running)
    for (let at = 0; at < turns; at += 1) await setImmediate()
    running -= 1
    return turns * 10
  })

  expect(results).toEqual([50, 10, 40, 20, 30])
  expect(most).toBe(2)
})
