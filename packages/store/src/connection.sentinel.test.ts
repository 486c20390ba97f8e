import { once } from 'node:events'
import type { Trigger, Wanted } from '@slipway/core'
import { poll } from '@slipway/lab'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { type FleetServer, openRedisFleet, type RedisFleet } from '../test/redis-fleet.ts'
import { connectFailingFast, connectWaiting } from './connection.ts'
import { createDeploymentReader } from './deployment-reader.ts'
import { createPushStore } from './push-store.ts'
import type { RedisSettings } from './redis-settings.ts'
import { readServerFacts } from './server-facts.ts'

const wanted: Wanted = {
  project: 'shop',
  host: 'web1',
  image: 'registry.example.com/acme/shop',
  tag: 'latest',
  digest: null,
}
const trigger: Trigger = { kind: 'webhook', hook: 'acr-main', source: 'acr' }
const patience = { timeoutMs: 60_000 }

let fleet: RedisFleet
let primary: FleetServer
let replica: FleetServer
let settings: RedisSettings

beforeAll(async () => {
  fleet = await openRedisFleet()
  primary = await fleet.start([])
  replica = await fleet.start([`replicaof ${primary.host} ${primary.port}`])
  await poll(async () => (await replica.admin.info('replication')).includes('master_link_status:up'), {
    what: 'the replica to be in step',
    ...patience,
  })
  const sentinel = await fleet.start(
    [
      `sentinel monitor main ${primary.host} ${primary.port} 1`,
      `sentinel auth-pass main ${fleet.password}`,
      'sentinel down-after-milliseconds main 1000',
      'sentinel failover-timeout main 3000',
    ],
    'sentinel',
  )
  await poll(async () => String(await sentinel.admin.call('SENTINEL', 'REPLICAS', 'main')).includes('ok'), {
    what: 'the sentinel to know the replica',
    ...patience,
  })
  settings = {
    sentinel: {
      name: 'main',
      nodes: [{ host: sentinel.host, port: sentinel.port }],
      username: undefined,
      password: fleet.password,
      tls: true,
    },
    username: undefined,
    password: fleet.password,
    tls: fleet.tls,
  }
}, 120_000)
afterAll(() => fleet[Symbol.asyncDispose]())

describe('a Redis that sentinels tell of', () => {
  it('is found again at its new place after the primary died, with what it had accepted', async () => {
    const redis = connectFailingFast(settings)
    redis.on('error', () => {})
    const patient = connectWaiting(settings)
    patient.on('error', () => {})
    onTestFinished(() => patient.disconnect())
    await once(redis, 'ready')
    const store = createPushStore({ redis, retry: { attempts: 3, delay: 1_000 }, clock: Date })
    onTestFinished(() => store.close())
    const [before] = await store.accept([wanted], trigger)
    const { node } = await readServerFacts(patient)
    // Of the connection that wrote: WAIT knows only of the writes of its own.
    expect(await redis.wait(1, 1_500)).toBe(1)

    await primary.kill()
    const asked = patient.ping()
    const [after] = await poll(() => store.accept([wanted], trigger), { what: 'an accept', ...patience })

    expect(await asked).toBe('PONG')
    expect(node).toBe(`${primary.host}:${primary.port}`)
    expect((await readServerFacts(patient)).node).toBe(`${replica.host}:${replica.port}`)
    const reader = createDeploymentReader(patient, 'web1')
    expect(await reader.deployment(before?.deployment ?? '')).toMatchObject({
      state: 'superseded',
    })
    expect(await reader.deployment(after?.deployment ?? '')).toMatchObject({ state: 'queued' })
  }, 120_000)
})
