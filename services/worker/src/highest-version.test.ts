import { SlipwayError } from '@slipway/core'
import { createRedisServer, type RedisServer } from '@slipway/lab'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { holdAt } from '../test/hold-at.ts'
import type { QueueRig } from '../test/queue-rig.ts'
import { wanted } from '../test/rig.ts'
import { openShop, second } from '../test/shop.ts'

let redis: RedisServer
beforeAll(async () => {
  redis = await createRedisServer()
  await redis.start()
})
afterAll(() => redis.stop())

/** A project that follows a range; `1.3.0` is the second image, `1.2.9` the first. */
async function open(): Promise<QueueRig> {
  const rig = await openShop(redis.url, { project: { tags: ['>=1.2 <2 || >=1.3.0-rc.0 <2'] } })
  rig.registry.tags.set('1.3.0', second).set('1.2.9', wanted).set('1.3.0-rc.2', wanted)
  return rig
}

describe('a range follows the highest version', () => {
  it.each(['1.2.9', '1.3.0-rc.2'])('also when %s is told of last and both wait', async (lower) => {
    const rig = await open()
    const high = await rig.push('1.3.0')
    const { deployment } = await rig.push(lower)

    await rig.start()

    expect(await rig.untilState(deployment, 'live')).toMatchObject({ tag: '1.3.0', resolvedDigest: second })
    expect(await rig.record(high.deployment)).toMatchObject({ state: 'superseded' })
    expect((await rig.releases.state()).live).toMatchObject({ tag: '1.3.0', digest: second })
    expect(await rig.store.log(deployment)).toContain(
      `[resolve] 1.3.0 of ${high.deployment} is a higher version than ${lower} and was not deployed: it is now`,
    )
  })

  it('also when the higher one is under way', async () => {
    const rig = await open()
    const gate = holdAt(rig, 'pull')
    await rig.start()
    await rig.push('1.3.0')
    await gate.reached
    const { deployment } = await rig.push('1.2.9')
    gate.open()

    await rig.untilState(deployment, 'live')
    expect((await rig.releases.state()).live?.tag).toBe('1.3.0')
  })

  it('once: a higher one that cannot be deployed does not stand in the way for ever', async () => {
    const rig = await open()
    rig.registry.tags.set('1.2.10', wanted)
    const { resolve } = rig.registry
    rig.registry.resolve = (request) =>
      request.reference === '1.3.0'
        ? Promise.reject(new SlipwayError('IMAGE_UNTRUSTED', 'Nobody signed it.'))
        : resolve(request)
    await rig.push('1.3.0')
    const refused = await rig.push('1.2.9')
    await rig.start()
    await rig.untilState(refused.deployment, 'failed')

    const { deployment } = await rig.push('1.2.10')

    await rig.untilState(deployment, 'live')
    expect((await rig.releases.state()).live?.tag).toBe('1.2.10')
  })

  it('unless a person insists on the lower one', async () => {
    const rig = await open()
    await rig.push('1.3.0')
    const { deployment } = await rig.push('1.2.9', { force: true })

    await rig.start()

    expect(await rig.untilState(deployment, 'live')).toMatchObject({ tag: '1.2.9', resolvedDigest: wanted })
  })
})
