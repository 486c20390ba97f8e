import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { inTurns } from './in-turns.ts'

describe('in turns', () => {
  it('does all, so many at a time, and gives what came of it in order', async () => {
    let now = 0
    let most = 0
    const results = await inTurns([5, 1, 3, 2, 4, 0], 2, async (thing) => {
      now += 1
      most = Math.max(most, now)
      await delay(thing)
      now -= 1
      return thing * 10
    })

    expect(results).toEqual([50, 10, 30, 20, 40, 0])
    expect(most).toBe(2)
  })

  it('fails with the first that does, begins none after it and lets none go on behind its back', async () => {
    const begun: number[] = []
    const ended: number[] = []
    const work = async (thing: number) => {
      begun.push(thing)
      if (thing === 2) throw new Error('two')
      await delay(5)
      ended.push(thing)
      return thing
    }

    await expect(inTurns([1, 2, 3, 4], 2, work)).rejects.toThrow('two')

    expect(begun).toEqual([1, 2])
    expect(ended).toEqual([1])
  })

  it('has nothing to do for nothing', async () => {
    expect(await inTurns([], 3, async () => 1)).toEqual([])
  })
})
