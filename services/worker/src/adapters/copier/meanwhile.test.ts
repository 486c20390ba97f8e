import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { meanwhile } from './meanwhile.ts'

it('does some between the turns of other work, as long as that lasts', async () => {
  let some = 0
  const seen: number[] = []

  const done = await meanwhile(work(seen), () => {
    some += 1
    seen.push(some)
    return true
  })

  expect(done).toBe('done')
  expect(seen).toEqual([1, 0, 2, 0, 3, 0])
})

it('waits for the work where there is none', async () => {
  let asked = 0

  const done = await meanwhile(work([]), () => {
    asked += 1
    return false
  })

  expect([done, asked]).toEqual(['done', 1])
})

it('fails when the work has come to its end, whoever failed', async () => {
  const seen: number[] = []
  const broken = new Error('This is broken.')

  const failing = meanwhile(work(seen), () => {
    throw broken
  })

  await expect(failing).rejects.toBe(broken)
  expect(seen).toEqual([0, 0, 0])
  await expect(meanwhile(Promise.reject(broken), () => true)).rejects.toBe(broken)
})

/** Three turns. */
async function work(seen: number[]): Promise<string> {
  for (let turn = 0; turn < 3; turn += 1) {
    await nextTurn()
    seen.push(0)
  }
  return 'done'
}
