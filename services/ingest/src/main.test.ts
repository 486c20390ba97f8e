import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:net'
import { deployQueueName, keyPrefix } from '@slipway/core'
import { createRedisServer, type RedisServer } from '@slipway/lab'
import { connectWaiting, createDeploymentReader } from '@slipway/store'
import { Queue } from 'bullmq'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { projectOf } from '../test/config.ts'
import { type Folder, makeFolder, type Program, runProgram } from '../test/program.ts'
import { until } from '../test/until.ts'

const secret = 'canary-secret-a1b2c3d4'
const password = 'canary-password-99'
const hash = `sha256:${'0f'.repeat(32)}`
const digest = `sha256:${'ab12'.repeat(16)}`
const env = { HOOK_SECRET: secret, REDIS_PASSWORD: password, ADA: hash }

const push = {
  push_data: { tag: 'latest', digest },
  repository: { namespace: 'lotus', name: 'shop', region: 'cn-hangzhou' },
}

let folder: Folder
let redis: RedisServer
let running: Program[]

beforeEach(async () => {
  folder = await makeFolder()
  redis = await createRedisServer('--requirepass', password)
  running = []
})

afterEach(async () => {
  for (const program of running) program.signal('SIGKILL')
  await Promise.all(running.map(({ exited }) => exited))
  await redis.stop()
  await folder[Symbol.asyncDispose]()
})

async function run(change: object = {}, variables: Record<string, string> = env): Promise<Program> {
  const config = {
    redis: { url: redis.url, password: { env: 'REDIS_PASSWORD' } },
    ingest: {
      public: { host: '127.0.0.1', port: 0 },
      ops: { port: 0, tokens: [{ name: 'ada', role: 'operator', hash: { env: 'ADA' } }] },
    },
    hooks: { main: { source: 'acr', secret: { env: 'HOOK_SECRET' } } },
    projects: {
      shop: projectOf('registry.cn-hangzhou.aliyuncs.com/lotus/shop', { hosts: ['web1', 'web2'] }),
    },
    ...change,
  }
  const file = await folder.write('slipway.yaml', JSON.stringify(config))
  const program = runProgram('main.ts', [], { ...variables, SLIPWAY_CONFIG: file })
  running.push(program)
  return program
}

function lines(program: Program): Record<string, unknown>[] {
  const whole = program.stdout().split('\n').slice(0, -1)
  return whole.map((line): Record<string, unknown> => JSON.parse(line))
}

async function ready(program: Program): Promise<{ public: string; ops: string }> {
  const line = await until(() => lines(program).find(({ msg }) => msg === 'ready'))
  return { public: String(line.public), ops: String(line.ops) }
}

async function send(listener: string): Promise<Response> {
  return fetch(`${listener}/webhooks/main?token=${secret}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(push),
  })
}

async function timed(call: Promise<Response>): Promise<{ status: number; milliseconds: number }> {
  const begin = performance.now()
  const { status } = await call
  return { status, milliseconds: performance.now() - begin }
}

describe('ingest', () => {
  it('has want, deployment, ledger and nudge in Redis when it answers 202', async () => {
    await redis.start()
    const at = await ready(await run())

    const answer = await send(at.public)

    expect(answer.status).toBe(202)
    const { deployments } = (await answer.json()) as {
      deployments: { id: string; host: string; seq: number }[]
    }
    expect(deployments.map(({ host }) => host)).toEqual(['web1', 'web2'])
    const client = connectWaiting({ url: redis.url, username: undefined, password })
    for (const { id, host, seq } of deployments) {
      const reader = createDeploymentReader(client, host)
      const image = 'registry.cn-hangzhou.aliyuncs.com/lotus/shop'
      expect(await reader.want('shop')).toEqual({
        project: 'shop',
        host,
        image,
        tag: 'latest',
        digest,
        seq,
        deployment: id,
        rollout: { id: expect.stringMatching(/^r[0-9a-z]{13}$/), home: 'web1' },
      })
      expect(await reader.deployment(id)).toMatchObject({
        state: 'queued',
        trigger: { kind: 'webhook', hook: 'main', source: 'acr' },
      })
      expect(await client.xlen(`${keyPrefix(host)}:ledger`)).toBe(1)
      const queue = new Queue(deployQueueName(host), { connection: client, prefix: keyPrefix(host) })
      expect((await queue.getWaiting()).map(({ data }) => data)).toEqual([{ project: 'shop' }])
      await queue.close()
    }
    client.disconnect()
  })

  it('lets an operator with a token see and hold back what was pushed', async () => {
    await redis.start()
    const token = 'canary-token-f00d'
    const sha = createHash('sha256').update(token).digest('hex')
    const program = await run({}, { ...env, ADA: `sha256:${sha}` })
    const at = await ready(program)
    await send(at.public)

    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const body = JSON.stringify({ reason: 'audit' })
    const frozen = await fetch(`${at.ops}/api/v1/freeze`, { method: 'PUT', headers, body })
    const seen = await fetch(`${at.ops}/api/v1/projects/shop`, { headers })

    expect([frozen.status, seen.status]).toEqual([200, 200])
    expect(await seen.json()).toMatchObject({
      hosts: [
        { host: 'web1', freeze: { by: 'ada', reason: 'audit' }, last: { state: 'queued' } },
        { host: 'web2', freeze: { by: 'ada', reason: 'audit' }, last: { state: 'queued' } },
      ],
    })
    expect(program.stdout()).not.toContain(token)
  })

  it('starts without Redis, refuses meanwhile, and takes pushes when Redis is there', async () => {
    const at = await ready(await run())

    expect((await fetch(`${at.public}/healthz`)).status).toBe(200)
    expect((await fetch(`${at.public}/readyz`)).status).toBe(503)
    const refused = await timed(send(at.public))
    expect(refused.status).toBe(503)
    expect(refused.milliseconds).toBeLessThan(3_000)

    await redis.start()
    await until(async () => ((await fetch(`${at.public}/readyz`)).ok ? true : undefined))
    expect((await send(at.public)).status).toBe(202)
  })

  it('answers 503 within three seconds while Redis is frozen, and goes on when it thaws', async () => {
    await redis.start()
    const at = await ready(await run())
    expect((await send(at.public)).status).toBe(202)

    redis.freeze()
    const refused = await timed(send(at.public))
    redis.thaw()

    expect(refused.status).toBe(503)
    expect(refused.milliseconds).toBeLessThan(3_000)
    expect((await send(at.public)).status).toBe(202)
  })

  it('survives that Redis dies and comes back', async () => {
    await redis.start()
    const at = await ready(await run())
    expect((await send(at.public)).status).toBe(202)

    await redis.kill()
    expect((await send(at.public)).status).toBe(503)
    await redis.start()

    await until(async () => ((await fetch(`${at.public}/readyz`)).ok ? true : undefined))
    expect((await send(at.public)).status).toBe(202)
  })

  it('logs no secret, whatever happens', async () => {
    await redis.start()
    const program = await run({}, { ...env, LOG_LEVEL: 'trace' })
    const at = await ready(program)

    await send(at.public)
    await fetch(`${at.public}/webhooks/main/${secret}`, { method: 'POST' })
    await fetch(`${at.public}/${secret}?token=${secret}`)
    await fetch(`${at.ops}/login?token=${secret}`)
    await redis.kill()
    await send(at.public)
    program.signal('SIGTERM')
    await program.exited

    const log = program.stdout() + program.stderr()
    expect(lines(program).filter(({ msg }) => msg === 'request')).toHaveLength(5)
    for (const canary of [secret, password, hash]) expect(log).not.toContain(canary)
  })

  it.each(['SIGTERM', 'SIGINT'] as const)('stops on %s with 0, though a caller dawdles', async (signal) => {
    await redis.start()
    const program = await run()
    const at = new URL((await ready(program)).public)
    const dawdler = connect(Number(at.port), at.hostname)
    await once(dawdler, 'connect')
    dawdler.write('POST /webhooks/main HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{')
    dawdler.on('error', () => {})

    const begin = performance.now()
    program.signal(signal)

    expect(await program.exited).toBe(0)
    expect(performance.now() - begin).toBeLessThan(10_000)
    dawdler.destroy()
  })

  it('warns when nobody can log in and when Redis keeps no file', async () => {
    await redis.stop()
    redis = await createRedisServer('--requirepass', password, '--appendonly', 'no')
    await redis.start()

    const program = await run({ ingest: { public: { host: '127.0.0.1', port: 0 }, ops: { port: 0 } } })
    await ready(program)

    const warnings = lines(program).filter(({ level }) => level === 40)
    expect(warnings.map(({ msg }) => msg).toSorted()).toEqual([
      'nobody can log in: ingest.ops.tokens is empty',
      'redis keeps no append-only file: a crash of it loses accepted pushes',
    ])
  })
})

describe('ingest refuses to start, with exit code 78,', () => {
  it('on a Redis that evicts', async () => {
    await redis.stop()
    redis = await createRedisServer('--requirepass', password, '--maxmemory-policy', 'allkeys-lru')
    await redis.start()
    const program = await run()

    expect(await program.exited).toBe(78)
    expect(program.stdout()).toContain('REDIS_UNSUITABLE')
    expect(program.stdout()).not.toContain('"ready"')
  })

  it('on mistakes in the configuration, all of them named', async () => {
    const program = await run({ hooks: { main: { source: 'nobody', secret: 'text' } }, hosts: 1 })

    expect(await program.exited).toBe(78)
    for (const path of ['hooks.main.source', 'hooks.main.secret', 'hosts'])
      expect(program.stderr()).toContain(path)
  })

  it('on secrets that are not there, all of them named', async () => {
    const program = await run({}, {})

    expect(await program.exited).toBe(78)
    for (const name of ['HOOK_SECRET', 'REDIS_PASSWORD', 'ADA']) expect(program.stderr()).toContain(name)
  })

  it('on a hook that everybody could call', async () => {
    const program = await run({ hooks: { main: { source: 'acr' } } })

    expect(await program.exited).toBe(78)
    expect(program.stderr()).toContain('hooks.main.secret')
  })

  it('on a key that is none of its scheme', async () => {
    const auth = { type: 'standard-webhooks' }
    const program = await run({ hooks: { main: { source: 'acr', secret: { env: 'HOOK_SECRET' }, auth } } })

    expect(await program.exited).toBe(78)
    expect(program.stderr()).toContain('hooks.main.secret[0]')
    expect(program.stderr()).not.toContain(secret)
  })

  it('on a level of the log that there is not', async () => {
    const program = await run({}, { ...env, LOG_LEVEL: 'loud' })

    expect(await program.exited).toBe(78)
    expect(program.stderr()).toContain('LOG_LEVEL')
  })
})

it('ends with 1 when its port is taken', async () => {
  await redis.start()
  const first = await ready(await run())
  const port = Number(new URL(first.public).port)

  const second = await run({ ingest: { public: { host: '127.0.0.1', port }, ops: { port: 0 } } })

  expect(await second.exited).toBe(1)
  expect(second.stdout()).toContain('EADDRINUSE')
})
