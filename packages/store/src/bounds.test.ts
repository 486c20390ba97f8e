import type { Verification } from '@slipway/core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startRedis, type TestRedis } from '../test/redis-server.ts'
import { createDriftStore } from './drift-store.ts'
import { limits } from './limits.ts'
import { createMaintenanceDesk } from './maintenance-desk.ts'
import { createPushStore } from './push-store.ts'
import { createRunStore } from './run-store.ts'

const clock = { now: () => Date.UTC(2026, 10, 23) }
const retry = { attempts: 3, delay: 15_000 }
const trigger = { kind: 'command', by: 'ada' } as const

let redis: TestRedis
beforeAll(async () => {
  redis = await startRedis()
})
beforeEach(async () => {
  await redis.connection.flushall()
})
afterAll(() => redis[Symbol.asyncDispose]())

const wanted = {
  ...{ project: 'shop', host: 'web1', image: 'registry.example.com/acme/shop', tag: 'latest', digest: null },
}

/** Keys that nothing will ever take away by itself. */
async function lasting(): Promise<string[]> {
  const keys = await redis.connection.keys('slipway:*')
  const ttls = await Promise.all(keys.map((key) => redis.connection.ttl(key)))
  return keys.filter((_, at) => ttls[at] === -1).map((key) => key.replace('slipway:{web1}:', ''))
}

describe('what a project leaves behind', () => {
  it('is no more after many pushes that all ran than after a few: all else ends by itself', async () => {
    const pushes = createPushStore({ redis: await redis.connect(), retry, clock })
    const runs = createRunStore(redis.connection, 'web1', clock)
    const push = async () => {
      const [accepted] = await pushes.accept([wanted], trigger)
      await runs.take('shop')
      const id = accepted?.deployment ?? ''
      await runs.appendLog(id, ['a line'])
      await runs.finish(id, { outcome: 'live' })
    }
    for (let left = 3; left > 0; left -= 1) await push()
    const few = (await lasting()).filter((key) => !key.startsWith('deploy-'))
    for (let left = 20; left > 0; left -= 1) await push()
    await pushes.close()

    const many = (await lasting()).filter((key) => !key.startsWith('deploy-'))
    expect(many.toSorted()).toEqual(few.toSorted())
    expect(many.filter((key) => /^(?:deployment|log):/.test(key))).toEqual([])
  })

  it('is a log of so many lines, and the records and logs of so many deployments', async () => {
    const pushes = createPushStore({ redis: await redis.connect(), retry, clock })
    const runs = createRunStore(redis.connection, 'web1', clock)
    const [first] = await pushes.accept([wanted], trigger)
    const id = first?.deployment ?? ''
    await runs.take('shop')
    for (let left = 5; left > 0; left -= 1)
      await runs.appendLog(
        id,
        Array.from({ length: 1_000 }, (_, at) => `line ${at}`),
      )
    await runs.finish(id, { outcome: 'live' })
    expect(await redis.connection.llen(`slipway:{web1}:log:${id}`)).toBe(limits.logLines)

    const most = limits.deploymentsPerProject + limits.deploymentsTrimmed
    for (let left = most + 10; left > 0; left -= 1) await pushes.accept([wanted], trigger)
    await pushes.close()

    expect(await redis.connection.llen('slipway:{web1}:history:shop')).toBeLessThanOrEqual(most)
    for (const kind of ['deployment', 'log'])
      expect(await redis.connection.ttl(`slipway:{web1}:${kind}:${id}`)).toBeLessThanOrEqual(
        limits.rememberedSeconds,
      )
  })
})

it('requests for maintenance, and their answers, go by themselves', async () => {
  const desk = createMaintenanceDesk(redis.connection)
  const drifts = createDriftStore(redis.connection, 'web1')
  const request = await desk.verify('web1', 'shop', true)
  const counts = { added: 0, changed: 0, missing: 0 }
  const report = {
    release: '1',
    digest: 'sha256:a',
    at: 0,
    added: [],
    changed: [],
    missing: [],
    counts,
    read: 0,
    files: 0,
  }
  const found: Verification = {
    ...{ project: 'shop', host: 'web1', at: 0, quick: true, outcome: 'clean', report, strayed: null },
    ...{ errorCode: null, why: null },
  }
  await drifts.keep(found, request)
  await desk.close()

  expect((await lasting()).filter((key) => key.startsWith('verif'))).toEqual([])
})
