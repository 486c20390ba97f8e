import { createRedisServer, type RedisServer } from '@slipway/lab'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openQueueRig, type QueueRig } from '../test/queue-rig.ts'
import { renudge } from './renudge.ts'

let server: RedisServer

beforeAll(async () => {
  server = await createRedisServer()
  await server.start()
})
afterAll(() => server.stop())

function renudged(rig: QueueRig): Promise<string[]> {
  const retry = { attempts: 3, delay: 5 }
  return renudge({ projects: ['shop', 'never-pushed'], store: rig.store, queue: rig.queue, retry })
}

describe('a start of the worker', () => {
  it('brings a want to its end whose job was removed by hand', async () => {
    const rig = await openQueueRig(server.url)
    const { deployment } = await rig.push('latest')
    await rig.queue.obliterate({ force: true })

    expect(await renudged(rig)).toEqual(['shop'])

    await rig.start()
    await rig.untilState(deployment, 'live')
  })

  it('gets past a key that names a job which has ended', async () => {
    const rig = await openQueueRig(server.url)
    const stop = await rig.start()
    const first = await rig.push('latest')
    await rig.untilState(first.deployment, 'live')
    await rig.untilIdle()
    await stop(0)
    const [ended] = await rig.queue.getCompleted()
    const second = await rig.push('latest')
    await rig.queue.drain()
    await rig.redis.set(`${rig.queue.toKey('de')}:shop`, ended?.id ?? '')

    await renudged(rig)

    await rig.start()
    await rig.untilState(second.deployment, 'already-live')
  })

  it('leaves alone what waits already and what has ended', async () => {
    const rig = await openQueueRig(server.url)
    await rig.push('latest')

    await renudged(rig)

    expect(await rig.queue.getWaitingCount()).toBe(1)
    const stop = await rig.start()
    await rig.untilIdle()
    await stop(0)
    expect(await renudged(rig)).toEqual([])
  })
})
