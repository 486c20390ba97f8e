import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { fewAtOnce } from './few-at-once.ts'

describe('a few at once', () => {
  it('does all, so many at a time, and gives what came of it in order', async () => {
    let now = 0
    let most = 0
    const results = await fewAtOnce([5, 1, 3, 2, 4, 0], 2, async (thing) => {
      now += 1
      most = Math.max(most, now)
      await delay(thing)
      now -= 1
      return thing * 10
    })

    expect(results).toEqual([50, 10, 30, 20, 40, 0])
    expect(most).toBe(2)
  })

  it('fails with the first that does', async () => {
    const work = async (thing: number) => {
      if (thing === 2) throw new Error('two')
      return thing
    }

    await expect(fewAtOnce([1, 2, 3], 2, work)).rejects.toThrow('two')
  })
})
