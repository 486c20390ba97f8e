import { SlipwayError } from '@slipway/core'
import type { FastifyInstance } from 'fastify'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type CapturedLog, captureLog } from '../test/captured-log.ts'
import { projectOf } from '../test/config.ts'
import { openPublicApp, type PublicRig, type PublicRigOptions } from '../test/public-rig.ts'
import { largestBody } from './body-limit.ts'

const secret = 'canary-secret-a1b2c3d4'
const config = {
  hooks: { main: { source: 'acr', secret: { env: 'A' } } },
  projects: {
    shop: projectOf('registry.cn-hangzhou.aliyuncs.com/lotus/shop', { hosts: ['web1', 'web2'] }),
  },
}
const push = JSON.stringify({
  push_data: { tag: 'latest' },
  repository: { namespace: 'lotus', name: 'shop', region: 'cn-hangzhou' },
})
const json = { 'content-type': 'application/json' }
const url = `/webhooks/main?token=${secret}`

let captured: CapturedLog
let rig: PublicRig
let app: FastifyInstance

function open(options: PublicRigOptions = {}): PublicRig {
  return openPublicApp(config, new Map([['main', [secret]]]), { log: captured.log, ...options })
}

beforeEach(() => {
  captured = captureLog()
  rig = open()
  app = rig.app
})

afterEach(async () => {
  await app.close()
})

describe('a webhook', () => {
  it.each([url, `/webhooks/main/${secret}`, `/webhooks/main?access_token=${secret}`])(
    'queues a followed push and names the deployments: %#',
    async (target) => {
      const answer = await app.inject({ method: 'POST', url: target, headers: json, payload: push })

      expect(answer.statusCode).toBe(202)
      expect(answer.json()).toEqual({
        outcome: 'queued',
        deployments: [
          { id: 'd0', project: 'shop', host: 'web1', seq: 100 },
          { id: 'd1', project: 'shop', host: 'web2', seq: 101 },
        ],
      })
      expect(rig.accepted.map(({ host }) => host)).toEqual(['web1', 'web2'])
    },
  )

  it('answers a genuine push that nobody follows with success', async () => {
    const answer = await app.inject({
      method: 'POST',
      url,
      headers: json,
      payload: push.replace('latest', 'old'),
    })

    expect(answer.statusCode).toBe(200)
    expect(answer.json()).toEqual({ outcome: 'ignored', why: 'no project follows this push' })
    expect(rig.accepted).toEqual([])
  })

  it('answers 503 with Retry-After when Redis does not take the write', async () => {
    rig.failure = new SlipwayError('REDIS_UNAVAILABLE', 'no answer', { retryAfterMs: 5_000 })

    const answer = await app.inject({ method: 'POST', url, headers: json, payload: push })

    expect(answer.statusCode).toBe(503)
    expect(answer.headers['retry-after']).toBe('5')
    expect(answer.json().error.code).toBe('UNAVAILABLE')
  })

  it('says nothing about a failure of its own', async () => {
    rig.failure = new Error(`stack with ${secret}`)

    const answer = await app.inject({ method: 'POST', url, headers: json, payload: push })

    expect(answer.statusCode).toBe(500)
    expect(answer.json()).toEqual({ error: { code: 'INTERNAL', message: 'Internal error.' } })
  })

  it.each([
    ['malformed JSON', json, '{', 400],
    ['no body', json, '', 400],
    ['invalid UTF-8', json, Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), 400],
    ['a bottomless body', json, `{"a":${'['.repeat(30_000)}${']'.repeat(30_000)}}`, 400],
    ['a poisoned body', json, '{"\\u005f_proto__":{}}', 400],
    ['a body over the limit', json, Buffer.alloc(largestBody + 1), 413],
    ['plain text', { 'content-type': 'text/plain' }, push, 415],
    ['a content type that is none', { 'content-type': 'json' }, push, 415],
    ['a compressed body', { ...json, 'content-encoding': 'gzip' }, push, 415],
    ['a body of another sender', json, '{"events":[]}', 422],
  ])('refuses %s', async (_what, headers, payload, status) => {
    const answer = await app.inject({ method: 'POST', url, headers, payload })

    expect(answer.statusCode).toBe(status)
    expect(Object.keys(answer.json().error)).toEqual(['code', 'message'])
    expect(rig.accepted).toEqual([])
  })

  it('closes the connection of a sender whose body is too large', async () => {
    const answer = await app.inject({
      method: 'POST',
      url,
      headers: json,
      payload: Buffer.alloc(largestBody + 1),
    })

    expect(answer.headers.connection).toBe('close')
  })
})

describe('a stranger', () => {
  const strange = [
    ['a wrong token', 'POST', `${url}x`],
    ['no token', 'POST', '/webhooks/main'],
    ['an empty token', 'POST', '/webhooks/main?token='],
    ['the token twice', 'POST', `${url}&token=${secret}`],
    ['a token beside a wrong one', 'POST', `/webhooks/main?token=x&access_token=${secret}`],
    ['the token of OAuth twice', 'POST', `/webhooks/main?access_token=x&access_token=${secret}`],
    ['an unknown hook', 'POST', `/webhooks/other?token=${secret}`],
    ['a hook with a NUL', 'POST', `/webhooks/main%00?token=${secret}`],
    ['a hook that climbs', 'POST', `/webhooks/main%2f..%2fmain?token=${secret}`],
    ['a hook named __proto__', 'POST', `/webhooks/__proto__?token=${secret}`],
    ['broken escapes', 'POST', `/webhooks/%zz/${secret}`],
    ['an endless token', 'POST', `/webhooks/main/${'a'.repeat(5_000)}`],
    ['another method', 'GET', url],
    ['OPTIONS', 'OPTIONS', url],
    ['PUT', 'PUT', url],
    ['a trailing slash', 'POST', `/webhooks/main/?token=x`],
    ['a doubled slash', 'POST', `//webhooks/main?token=${secret}`],
    ['another path', 'GET', `/${secret}`],
  ] as const

  it.each(strange)('with %s gets the one answer', async (_what, method, target) => {
    const answer = await app.inject({
      method,
      url: target,
      headers: method === 'POST' ? json : {},
      payload: method === 'POST' ? push : '',
    })

    expect([answer.statusCode, answer.body]).toEqual([
      404,
      '{"error":{"code":"NOT_FOUND","message":"Not found."}}',
    ])
    expect(rig.accepted).toEqual([])
  })

  it('finds no secret of a hook in any line of the log, whatever was called', async () => {
    for (const [, method, target] of strange)
      await app.inject({ method, url: target, headers: json, payload: push })
    rig.failure = new Error(`stack with ${secret}`)
    for (const payload of [push, '{', Buffer.alloc(largestBody + 1)]) {
      await app.inject({ method: 'POST', url, headers: json, payload })
    }

    expect(captured.requests()).toHaveLength(strange.length + 3)
    const lines = captured.lines.filter((line) => !line.includes('stack with'))
    expect(lines.join('')).not.toContain(secret)
    expect(lines.join('')).not.toContain('%zz')
  })

  it('cannot make a secret stand in the log by an error, since it is taken out by its value', async () => {
    captured = captureLog([secret])
    const redacting = open()
    redacting.failure = new Error(`stack with ${secret}`)

    await redacting.app.inject({ method: 'POST', url, headers: json, payload: push })
    await redacting.app.close()

    expect(captured.lines.join('')).toContain('stack with [redacted]')
    expect(captured.lines.join('')).not.toContain(secret)
  })
})

describe('the log', () => {
  it('has one line for each request, with the pattern of the route and the true reason', async () => {
    await app.inject({ method: 'POST', url, headers: json, payload: push })
    await app.inject({ method: 'POST', url: `${url}x`, headers: json, payload: push })
    await app.inject({ method: 'POST', url: '/webhooks/other', headers: json, payload: push })

    expect(captured.requests()).toMatchObject([
      {
        method: 'POST',
        route: '/webhooks/:hook',
        hook: 'main',
        status: 202,
        outcome: 'queued',
        deployments: ['d0', 'd1'],
      },
      {
        hook: 'main',
        status: 404,
        outcome: 'rejected',
        why: 'the token in the URL is not the secret of this hook',
      },
      { status: 404, outcome: 'rejected', why: 'there is no hook of this name' },
    ])
    expect(captured.requests()[2]).not.toHaveProperty('hook')
  })
})

describe('health', () => {
  it('is the process alone at /healthz', async () => {
    rig.isReady = false

    expect((await app.inject('/healthz')).statusCode).toBe(200)
  })

  it('is Redis too at /readyz', async () => {
    expect((await app.inject('/readyz')).statusCode).toBe(200)

    rig.isReady = false
    expect((await app.inject('/readyz')).statusCode).toBe(503)
  })
})
