import { setImmediate as nextTick } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { calm } from '../test/failure.ts'
import { createLane } from './lanes.ts'

it('a lane lets one after the other through', async () => {
  const lane = createLane()
  const done: string[] = []
  const first = Promise.withResolvers<void>()
  let running = 0
  const go = (name: string, until: Promise<void> = Promise.resolve()) =>
    lane.through(async () => {
      running += 1
      expect(running).toBe(1)
      await until
      await nextTick()
      running -= 1
      done.push(name)
    }, calm)

  const all = [go('first', first.promise), go('second'), go('third')]
  expect(lane.isBusy).toBe(true)
  first.resolve()
  await Promise.all(all)

  expect(done).toEqual(['first', 'second', 'third'])
  expect(lane.isBusy).toBe(false)
})

it('who fails, or gives up waiting, does not hold the others up', async () => {
  const lane = createLane()
  const first = Promise.withResolvers<void>()
  const failing = lane.through(() => first.promise, calm)
  const impatient = new AbortController()
  const given = lane.through(async () => 'never', impatient.signal)
  const last = lane.through(async () => 'done', calm)

  impatient.abort(new Error('no longer wanted'))
  first.reject(new Error('out of luck'))

  await expect(failing).rejects.toThrow('out of luck')
  await expect(given).rejects.toThrow('no longer wanted')
  expect(await last).toBe('done')
  await expect(lane.through(async () => 'never', impatient.signal)).rejects.toThrow('no longer wanted')
  expect(lane.isBusy).toBe(false)
})
