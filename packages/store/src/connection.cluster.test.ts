import { once } from 'node:events'
import { deployQueueName, keyPrefix, type Trigger, type Wanted } from '@slipway/core'
import { poll } from '@slipway/lab'
import { Worker } from 'bullmq'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { type FleetServer, openRedisFleet, type RedisFleet } from '../test/redis-fleet.ts'
import { connectFailingFast, connectWaiting, type RedisClient } from './connection.ts'
import { createPushStore, type PushStore } from './push-store.ts'
import type { RedisSettings } from './redis-settings.ts'
import { createRunStore } from './run-store.ts'
import { readServerFacts, requireKeeping } from './server-facts.ts'

const slots = 16_384
const hosts = ['web1', 'web2', 'web3', 'web4', 'web5', 'web6']
const trigger: Trigger = { kind: 'webhook', hook: 'acr-main', source: 'acr' }

let fleet: RedisFleet
let servers: readonly FleetServer[]
let settings: RedisSettings
let redis: RedisClient
let store: PushStore

beforeAll(async () => {
  fleet = await openRedisFleet()
  const lines = ['cluster-enabled yes', 'cluster-node-timeout 2000', 'tls-cluster yes']
  servers = await Promise.all([1, 2, 3].map(() => fleet.start(lines)))
  await formCluster(servers)
  settings = {
    cluster: { nodes: servers.slice(0, 1).map(({ host, port }) => ({ host, port })) },
    username: undefined,
    password: fleet.password,
    tls: fleet.tls,
  }
  redis = connectWaiting(settings)
  redis.on('error', () => {})
  const producer = connectFailingFast(settings)
  producer.on('error', () => {})
  await once(producer, 'ready')
  store = createPushStore({ redis: producer, retry: { attempts: 3, delay: 1_000 }, clock: Date })
}, 120_000)
afterAll(async () => {
  await store?.close()
  redis?.disconnect()
  await fleet[Symbol.asyncDispose]()
})

async function formCluster(nodes: readonly FleetServer[]): Promise<void> {
  const [first] = nodes
  if (!first) return
  for (const [at, { admin, ...node }] of nodes.entries()) {
    const [from, to] = [at, at + 1].map((third) => Math.floor((slots * third) / nodes.length))
    await admin.cluster('SET-CONFIG-EPOCH', at + 1)
    await admin.cluster('ADDSLOTSRANGE', from ?? 0, (to ?? slots) - 1)
    await first.admin.call('CLUSTER', 'MEET', node.host, node.port, node.busPort)
  }
  for (const { admin, port } of nodes) {
    await poll(
      async () => {
        const info = await admin.cluster('INFO')
        return info.includes('cluster_state:ok') && info.includes(`cluster_known_nodes:${nodes.length}`)
      },
      { what: `the cluster to stand at port ${port}`, timeoutMs: 60_000 },
    )
  }
}

function wants(tag: string): Wanted[] {
  return hosts.map((host) => ({
    project: 'shop',
    host,
    image: 'registry.example.com/acme/shop',
    tag,
    digest: null,
    fleet: { home: 'web1', policy: { order: 'parallel', maxFailures: 0, onFailure: 'stop' } },
  }))
}

describe('a Redis Cluster', () => {
  it('has hosts on each of its nodes', async () => {
    const [asked] = servers
    const places = await Promise.all(hosts.map((host) => asked?.admin.cluster('KEYSLOT', `{${host}}`)))

    const owners = new Set(places.map((slot) => Math.floor(((slot ?? 0) * servers.length) / slots)))
    expect(owners.size).toBe(servers.length)
  })

  it('takes the pushes of several hosts and gives each host its own', async () => {
    const first = await store.accept(wants('1.0'), trigger)
    const second = await store.accept(wants('2.0'), trigger)

    for (const [at, host] of hosts.entries()) {
      const runs = createRunStore(redis, host, Date)
      const taken = await runs.take('shop')
      await runs.finish(taken?.want.deployment ?? '', { outcome: 'live' })

      expect(taken?.want).toMatchObject({ tag: '2.0', deployment: second[at]?.deployment })
      expect(await runs.deployment(first[at]?.deployment ?? '')).toMatchObject({ state: 'superseded' })
      expect(await runs.deployment(second[at]?.deployment ?? '')).toMatchObject({ state: 'live' })
    }
  })

  it('carries the queues of the hosts to their workers', async () => {
    const done = new Map<string, unknown>()
    const workers = hosts.map(
      (host) =>
        new Worker(deployQueueName(host), async ({ data }) => void done.set(host, data), {
          connection: redis,
          prefix: keyPrefix(host),
        }),
    )
    onTestFinished(async () => void (await Promise.all(workers.map((worker) => worker.close()))))
    for (const worker of workers) worker.on('error', () => {})

    await store.accept(wants('3.0'), trigger)

    await poll(() => done.size === hosts.length, { what: 'a job for each host' })
    expect([...done.values()]).toEqual(hosts.map(() => ({ project: 'shop' })))
  })

  it('counts what the worst of its primaries does', async () => {
    const last = servers.at(-1)
    const node = `${last?.host}:${last?.port}`
    const ask = () => readServerFacts(redis)
    const kept = await ask()

    await last?.admin.config('SET', 'appendonly', 'no')
    const unwritten = await ask()
    await last?.admin.config('SET', 'appendonly', 'yes')
    await last?.admin.config('SET', 'maxmemory-policy', 'allkeys-lru')
    const evicting = await ask()
    await last?.admin.config('SET', 'maxmemory-policy', 'noeviction')

    expect(kept).toMatchObject({ evictionPolicy: 'noeviction', appendOnly: true })
    expect(unwritten).toMatchObject({ node, evictionPolicy: 'noeviction', appendOnly: false })
    expect(() => requireKeeping(unwritten)).not.toThrow()
    expect(() => requireKeeping(evicting)).toThrow(
      expect.objectContaining({ code: 'REDIS_UNSUITABLE', message: expect.stringContaining(node) }),
    )
  })

  it('does not hold a sender when a primary is away, and takes pushes again when it is back', async () => {
    const [, away] = servers
    away?.freeze()
    onTestFinished(() => away?.thaw())
    const began = performance.now()

    await expect(store.accept(wants('4.0'), trigger)).rejects.toMatchObject({ code: 'REDIS_UNAVAILABLE' })

    expect(performance.now() - began).toBeLessThan(5_000)
    away?.thaw()
    const accepted = await poll(() => store.accept(wants('5.0'), trigger), {
      what: 'an accept',
      timeoutMs: 60_000,
    })
    expect(accepted).toHaveLength(hosts.length)
  }, 90_000)

  it('is not there for somebody whom it does not know', async () => {
    const stranger = connectWaiting({ ...settings, password: 'another-password' })
    onTestFinished(() => stranger.disconnect())

    const [error] = await once(stranger, 'error')

    expect(error).toMatchObject({
      lastNodeError: expect.objectContaining({ message: expect.stringContaining('WRONGPASS') }),
    })
  })
})
