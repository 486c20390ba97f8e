import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import type { FastifyInstance, InjectOptions } from 'fastify'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type CapturedLog, captureLog } from '../test/captured-log.ts'
import { operationsWithoutRedis } from '../test/operations.ts'
import type { Operations } from './ops/operations.ts'
import { createOpsApp } from './ops-app.ts'

const tokens = { operator: 'operator-token-8f2e91', viewer: 'viewer-token-77ac03' }
const here = { host: 'ops.example:8081', origin: 'http://ops.example:8081' }

let captured: CapturedLog
let app: FastifyInstance
let now: number
let opened: Operations[]

function operations(): Operations {
  const made = operationsWithoutRedis()
  opened.push(made)
  return made
}

function hashOf(token: string): string {
  return `sha256:${createHash('sha256').update(token).digest('hex')}`
}

beforeEach(async () => {
  captured = captureLog()
  now = 1_000_000
  opened = []
  app = await createOpsApp({
    log: captured.log,
    clock: { now: () => now },
    tokens: [
      { name: 'ada', role: 'operator', hash: hashOf(tokens.operator) },
      { name: 'vic', role: 'viewer', hash: hashOf(tokens.viewer) },
    ],
    queues: [],
    operations: operations(),
  })
})

afterEach(async () => {
  await app.close()
  await Promise.all(opened.map((one) => one.close()))
})

function login(token: string, options: Partial<InjectOptions> = {}) {
  return app.inject({
    method: 'POST',
    url: '/login',
    headers: { ...here, 'content-type': 'application/x-www-form-urlencoded' },
    payload: new URLSearchParams({ token }).toString(),
    ...options,
  })
}

async function cookieOf(token: string): Promise<string> {
  const answer = await login(token)
  const [cookie] = answer.cookies
  return `${cookie?.name}=${cookie?.value}`
}

describe('without a login', () => {
  const paths = [
    '/',
    '/assets/index.js',
    '/queues',
    '/queues/',
    '/queues/queue/deploy-web1',
    '/queues/api/queues',
    '/queues/static/js/main.js',
    '/queues/static/images/logo.svg',
    '/queues/static/..%2f..%2fpackage.json',
    '/login/../queues',
    '/login/',
    '/login%2f..%2fqueues',
    '//queues',
    '/QUEUES',
    '/logout',
    '/metrics',
    '/no-such-path',
    '/apiary',
  ]

  const apiPaths = ['/api', '/api/', '/api/v1/projects', '/api/v1/openapi.json', '/api/v1/none', '/api?a=b']

  it.each(apiPaths)('a browser that asks for %s is not sent to the login page', async (url) => {
    const answer = await app.inject({ url, headers: { accept: 'text/html' } })

    expect([answer.statusCode, answer.json().error.code]).toEqual([401, 'LOGIN_REQUIRED'])
    expect(answer.headers['www-authenticate']).toBe('Bearer realm="slipway"')
  })

  it.each(paths)('nothing is to be seen at %s', async (url) => {
    const answer = await app.inject({ url })

    expect([answer.statusCode, answer.json().error.code]).toEqual([401, 'LOGIN_REQUIRED'])
  })

  it.each(paths)('a browser is sent from %s to the login page', async (url) => {
    const answer = await app.inject({ url, headers: { accept: 'text/html' } })

    expect([answer.statusCode, answer.headers.location]).toEqual([302, '/login'])
  })

  it.each(['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const)(
    'nothing is changed by %s',
    async (method) => {
      const answer = await app.inject({ method, url: '/queues/api/queues/pause', headers: here })

      expect(answer.statusCode).toBe(401)
    },
  )

  it('an absolute target is guarded as any other', async () => {
    await app.listen({ host: '127.0.0.1', port: 0 })
    const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1')
    socket.write(
      'GET http://x/queues/static/images/logo.svg HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
    )
    const [answer] = await once(socket, 'data')

    expect(String(answer)).toMatch(/^HTTP\/1\.1 401 /)
  })

  it.each(['slipway_session=', 'slipway_session=x', 'slipway_session=__proto__', 'other=y'])(
    'the cookie %s opens nothing',
    async (cookie) => {
      expect((await app.inject({ url: '/queues', headers: { cookie } })).statusCode).toBe(401)
    },
  )

  it('the process can be asked whether it lives', async () => {
    expect((await app.inject('/healthz')).statusCode).toBe(200)
  })
})

describe('the login', () => {
  it('gives a session for a known token, in a cookie that scripts and other sites cannot use', async () => {
    const answer = await login(tokens.operator)

    expect([answer.statusCode, answer.headers.location]).toEqual([303, '/'])
    expect(answer.cookies).toMatchObject([{ httpOnly: true, sameSite: 'Strict', path: '/', maxAge: 43_200 }])
    expect(answer.cookies[0]?.value).toMatch(/^[\w-]{43}$/)
  })

  it.each(['', 'x', `${tokens.operator}x`, hashOf(tokens.operator)])(
    'refuses the token %j',
    async (token) => {
      const answer = await login(token)

      expect(answer.statusCode).toBe(401)
      expect(answer.cookies).toEqual([])
    },
  )

  it('stops listening to an address after five failures in a minute', async () => {
    for (let failures = 0; failures < 5; failures += 1) expect((await login('x')).statusCode).toBe(401)

    const locked = await login(tokens.operator)
    expect([locked.statusCode, locked.headers['retry-after']]).toEqual([429, '60'])
    expect((await login(tokens.operator, { remoteAddress: '10.0.0.7' })).statusCode).toBe(303)

    now += 60_000
    expect((await login(tokens.operator)).statusCode).toBe(303)
  })

  it('ends after twelve hours', async () => {
    const cookie = await cookieOf(tokens.operator)

    now += 12 * 3_600_000 - 1
    expect((await app.inject({ url: '/queues', headers: { cookie } })).statusCode).toBe(200)
    now += 1
    expect((await app.inject({ url: '/queues', headers: { cookie } })).statusCode).toBe(401)
  })

  it('ends when its owner leaves', async () => {
    const cookie = await cookieOf(tokens.viewer)

    const answer = await app.inject({ method: 'POST', url: '/logout', headers: { ...here, cookie } })

    expect([answer.statusCode, answer.headers.location]).toEqual([303, '/login'])
    expect((await app.inject({ url: '/queues', headers: { cookie } })).statusCode).toBe(401)
  })

  it('leaves neither token nor session in the log', async () => {
    const cookie = await cookieOf(tokens.operator)
    await login('guessed-token-123')
    await app.inject({ url: '/queues', headers: { cookie } })

    const log = captured.lines.join('')
    expect(log).toContain('"who":"ada"')
    expect(log).not.toContain(tokens.operator)
    expect(log).not.toContain('guessed-token-123')
    expect(log).not.toContain(cookie.split('=')[1])
  })
})

describe('with a login', () => {
  it('the board and its files are there', async () => {
    const headers = { cookie: await cookieOf(tokens.viewer) }

    expect((await app.inject({ url: '/queues', headers })).body).toContain('__UI_CONFIG__')
    expect((await app.inject({ url: '/queues/static/images/logo.svg', headers })).statusCode).toBe(200)
    expect((await app.inject({ url: '/queues/api/queues', headers })).json()).toMatchObject({ queues: [] })
  })

  const change = { method: 'PUT', url: '/queues/api/queues/pause' } as const

  it('an operator may change something', async () => {
    const cookie = await cookieOf(tokens.operator)

    expect((await app.inject({ ...change, headers: { ...here, cookie } })).statusCode).toBe(200)
  })

  it.each(['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const)('a viewer may not %s', async (method) => {
    const cookie = await cookieOf(tokens.viewer)

    const answer = await app.inject({ ...change, method, headers: { ...here, cookie } })

    expect([answer.statusCode, answer.json().error.code]).toEqual([403, 'VIEWER'])
  })

  it.each([
    ['another origin', { host: here.host, origin: 'http://evil.example' }],
    ['another port', { host: here.host, origin: 'http://ops.example:9999' }],
    ['a hidden origin', { host: here.host, origin: 'null' }],
    ['no origin', { host: here.host }],
    ['another site, as the browser says', { ...here, 'sec-fetch-site': 'cross-site' }],
    ['a sibling site, as the browser says', { ...here, 'sec-fetch-site': 'same-site' }],
  ])('a change from %s is refused', async (_what, headers) => {
    const cookie = await cookieOf(tokens.operator)

    const answer = await app.inject({ ...change, headers: { ...headers, cookie } })

    expect([answer.statusCode, answer.json().error.code]).toEqual([403, 'CROSS_SITE'])
  })

  it('a login from another site is refused too', async () => {
    const answer = await login(tokens.operator, {
      headers: {
        host: here.host,
        origin: 'http://evil.example',
        'content-type': 'application/x-www-form-urlencoded',
      },
    })

    expect(answer.statusCode).toBe(403)
    expect(answer.cookies).toEqual([])
  })
})

it.each(['/login', '/queues', '/healthz', '/no-such-path'])('%s cannot be framed', async (url) => {
  const { headers } = await app.inject({ url })

  expect(headers['x-frame-options']).toBe('DENY')
  expect(headers['content-security-policy']).toContain("frame-ancestors 'none'")
  expect(headers['x-content-type-options']).toBe('nosniff')
})

it('nobody can log in when there are no tokens', async () => {
  const closed = await createOpsApp({
    log: captured.log,
    clock: Date,
    tokens: [],
    queues: [],
    operations: operations(),
  })

  const answer = await closed.inject({
    method: 'POST',
    url: '/login',
    headers: { ...here, 'content-type': 'application/x-www-form-urlencoded' },
    payload: 'token=',
  })
  await closed.close()

  expect(answer.statusCode).toBe(401)
})
