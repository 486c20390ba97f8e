import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, openRedisServer, poll, type RedisServer, startIngest, steadyPort } from '@slipway/lab'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CheckGate, startCheckGate } from '../support/check-gate.ts'
import { type FaultRecords, openFaultRecords } from '../support/fault-records.ts'
import { type FaultStack, startFaultStack } from '../support/fault-stack.ts'
import { callHook } from '../support/hook-call.ts'
import { overlaps, switchesTo } from '../support/process-log.ts'
import { rewriteConfig } from '../support/rewrite-config.ts'
import { type Sentinel, startSentinel } from '../support/sentinel.ts'

describe('F14: a Redis with a replica and a sentinel', () => {
  let folder: string
  let gate: CheckGate
  let primaryPort: number
  let replica: RedisServer
  let replicaPort: number
  let records: FaultRecords
  let sentinel: Sentinel
  let stack: FaultStack

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slipway-s-'))
    gate = await startCheckGate()
    primaryPort = await steadyPort()
    replicaPort = await steadyPort()
    replica = await openRedisServer({
      folder: join(folder, 'replica'),
      port: replicaPort,
      settings: ['--replicaof', `127.0.0.1 ${primaryPort}`],
    })
    await replica.start()
    sentinel = await startSentinel(join(folder, 'sentinel'), primaryPort)
    const { name, port } = sentinel
    stack = await startFaultStack({
      // The last port that is named counts: the primary listens beside its socket.
      redis: { settings: ['--port', String(primaryPort)] },
      projects: { shop: { check: gate.check } },
      config: { redis: { url: undefined, sentinel: { name, nodes: [`127.0.0.1:${port}`] } } },
    })
    records = openFaultRecords(replica.socket, ['local'])
  })
  afterAll(async () => {
    await stack?.stop()
    records?.close()
    await sentinel?.stop()
    await replica?.stop()
    await gate?.stop()
    if (folder) await rm(folder, { recursive: true })
  })

  it('F14: an ingest that was pointed at the replica takes no push', async () => {
    const { digest } = await stack.push('shop', { version: 'v0' })
    const ports = { public: await freePort(), ops: await freePort() }
    const configFile = await rewriteConfig(
      stack.config.ingestFile,
      {
        redis: { url: `redis://127.0.0.1:${replicaPort}` },
        ingest: {
          public: { host: '127.0.0.1', port: ports.public },
          ops: { host: '127.0.0.1', port: ports.ops },
        },
      },
      join(folder, 'astray.yaml'),
    )

    const astray = await startIngest({ configFile })
    const ingestUrl = `http://127.0.0.1:${ports.public}`
    const answer = await callHook({ ...stack, ingestUrl }, 'shop', digest)
    await astray.stop()

    expect(answer.status).toBe(503)
    expect(answer.retryAfter).toBeGreaterThan(0)
    expect(answer.milliseconds).toBeLessThan(3_000)
    expect(await stack.deployments('shop')).toEqual([])
  })

  it('F14: goes on with the replica when the primary dies: what it had is kept, and nothing is stuck', async () => {
    await stack.deploy('shop', { version: 'v1' })
    gate.shut()
    const held = await stack.order('shop', { version: 'v2' })
    await poll(async () => (await stack.deployment(held.id))?.state === 'check', { what: 'the check' })
    const waiting = await stack.order('shop', { version: 'v3' })
    // Replication does not wait: only what has arrived can be promised.
    await stack.redis.wait(1, 5_000)

    await stack.redisServer.kill()
    gate.open()
    const { digest } = await stack.push('shop', { version: 'v4' })
    const refused = await callHook(stack, 'shop', digest)
    const accepted = await poll(
      async () => {
        const { deployments } = await stack.announce('shop', digest)
        return deployments[0]?.id
      },
      { what: 'a push to be taken after the failover' },
    )

    expect(refused.status).toBe(503)
    await records.untilOutcome(accepted, 'live')
    expect((await stack.current('shop'))?.version).toBe('v4')
    expect((await records.untilOutcome(held.id)).state).toBe('live')
    expect((await records.untilOutcome(waiting.id)).state).toBe('superseded')
    expect(switchesTo(held.id, stack.workers())).toBe(1)
    expect(overlaps('shop', stack.workers())).toEqual([])
    expect(stack.workers()).toHaveLength(1)
  })
})
