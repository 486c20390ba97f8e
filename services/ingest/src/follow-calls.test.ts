import { once } from 'node:events'
import { createRedisServer, type RedisServer } from '@slipway/lab'
import { connectFailingFast, createRefusedCallsStore, type RedisClient } from '@slipway/store'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { captureLog } from '../test/captured-log.ts'
import { configOf } from '../test/config.ts'
import type { AnsweredCall } from './answered-call.ts'
import { followCalls } from './follow-calls.ts'
import { createMetrics, type Metrics } from './metrics/metrics.ts'

const { hooks } = configOf({ hooks: { main: { source: 'acr', secret: { env: 'A' } } } })
const queued: AnsweredCall = {
  ...{ hook: 'main', outcome: 'queued', reason: null, peer: '192.0.2.1', status: 202, milliseconds: 4 },
}
const refused: AnsweredCall = { ...queued, outcome: 'rejected', reason: 'not-of-source', status: 422 }

let server: RedisServer
let redis: RedisClient
let metrics: Metrics
let captured: ReturnType<typeof captureLog>

beforeAll(async () => {
  server = await createRedisServer()
  await server.start()
  redis = connectFailingFast({ url: server.url, username: undefined, password: undefined })
  redis.on('error', () => {})
  await once(redis, 'ready')
})
beforeEach(() => {
  metrics = createMetrics()
  captured = captureLog()
})
afterAll(async () => {
  redis.disconnect()
  await server.stop()
})

const follow = () => followCalls({ redis, hooks, metrics, clock: Date, log: captured.log })

it('counts every call, and has those that were refused in the audit', async () => {
  const calls = follow()
  for (const call of [queued, refused, refused, { ...refused, hook: null }]) calls.onCall(call)
  await calls.close()

  const found = await createRefusedCallsStore(redis, Date).read({ since: 0, most: 10 })
  const line = { at: expect.any(Number), reason: 'not-of-source', peer: '192.0.2.1', status: 422 }
  expect(found).toEqual([
    { ...line, hook: null, source: null, count: 1 },
    { ...line, hook: 'main', source: 'acr', count: 2 },
  ])
  const text = await metrics.registry.metrics()
  expect(text).toContain('{hook="main",outcome="queued",reason=""} 1')
  expect(text).toContain('{hook="main",outcome="rejected",reason="not-of-source"} 2')
})

it('counts and logs what is not in the audit because Redis is away, and ends all the same', async () => {
  await server.stop()
  const calls = follow()
  for (let left = 5; left > 0; left -= 1) calls.onCall(refused)
  await calls.close()

  expect(await metrics.registry.metrics()).toContain('slipway_audit_lost_calls_total 5')
  expect(captured.lines.join('')).toContain('"calls":5')
})
