import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type ApiRig, startApi, tokens } from '../../test/api-rig.ts'

let api: ApiRig

beforeEach(async () => {
  api = await startApi()
})
afterEach(async () => {
  await api[Symbol.asyncDispose]()
})

const here = { host: 'ops.example:8081', origin: 'http://ops.example:8081' }
const terms = { reason: 'audit' }

async function sessionOf(token: string): Promise<string> {
  const answer = await api.app.inject({
    method: 'POST',
    url: '/login',
    headers: { ...here, 'content-type': 'application/x-www-form-urlencoded' },
    payload: new URLSearchParams({ token }).toString(),
  })
  const [cookie] = answer.cookies
  return `${cookie?.name}=${cookie?.value}`
}

describe('a token', () => {
  it.each(['Bearer', 'bearer', 'BEARER', 'Bearer '])('opens the API behind "%s"', async (scheme) => {
    const headers = { authorization: `${scheme} ${tokens.viewer}` }

    expect((await api.ask('GET', '/freezes', { token: null, headers })).statusCode).toBe(200)
  })

  it.each(['', 'x', `${tokens.operator}x`, `${tokens.operator} ${tokens.operator}`])(
    'that is %j opens nothing',
    async (token) => {
      const answer = await api.ask('GET', '/freezes', { token, headers: { accept: 'text/html' } })

      expect([answer.statusCode, answer.json().error.code]).toEqual([401, 'LOGIN_REQUIRED'])
      expect(answer.headers['www-authenticate']).toBe('Bearer realm="slipway"')
    },
  )

  it('changes something without an origin, when it is an operator’s', async () => {
    const answer = await api.ask('PUT', '/freeze', { body: terms })

    expect([answer.statusCode, answer.json().by]).toEqual([200, 'ada'])
  })

  it('of a viewer reads and changes nothing', async () => {
    const token = tokens.viewer
    const [id] = await api.push('blog')

    expect((await api.ask('GET', `/deployments/${id}`, { token })).statusCode).toBe(200)
    for (const [method, path] of [
      ['PUT', '/freeze'],
      ['DELETE', '/freeze'],
      ['PUT', '/projects/blog/freeze'],
      ['DELETE', '/projects/blog/freeze'],
      ['POST', `/deployments/${id}/cancel`],
      ['POST', `/deployments/${id}/retry`],
    ] as const) {
      const answer = await api.ask(method, path, { token, body: terms })
      expect([answer.statusCode, answer.json().error.code]).toEqual([403, 'VIEWER'])
    }
    expect(await api.storeOf('local').freeze('blog')).toBeNull()
  })

  it('that is wrong is tried five times in a minute by one address, as at the login', async () => {
    for (let failures = 0; failures < 5; failures += 1)
      expect((await api.ask('GET', '/freezes', { token: 'x' })).statusCode).toBe(401)

    const locked = await api.ask('GET', '/freezes')
    const elsewhere = await api.ask('GET', '/freezes', { remoteAddress: '10.0.0.7' })

    expect([locked.statusCode, locked.headers['retry-after'], locked.json().error.code]).toEqual([
      429,
      '60',
      'TOO_MANY_ATTEMPTS',
    ])
    expect(elsewhere.statusCode).toBe(200)
    api.now += 60_000
    expect((await api.ask('GET', '/freezes')).statusCode).toBe(200)
  })

  it('opens the API only, and not the board', async () => {
    const headers = { authorization: `Bearer ${tokens.operator}` }

    expect((await api.app.inject({ url: '/queues', headers })).statusCode).toBe(401)
    const change = { method: 'PUT', url: '/queues/api/queues/pause', headers } as const
    expect((await api.app.inject(change)).json().error.code).toBe('CROSS_SITE')
  })

  it('stands in no line of the log, known or not', async () => {
    await api.ask('PUT', '/freeze', { body: terms })
    await api.ask('GET', '/freezes', { token: 'guessed-token-123' })

    const log = api.captured.lines.join('')
    expect(api.captured.requests()).toMatchObject([
      { who: 'ada', route: '/api/v1/freeze', status: 200, outcome: 'frozen', project: '*' },
      { status: 401, outcome: 'login refused', why: 'no such token' },
    ])
    expect(log).not.toContain(tokens.operator)
    expect(log).not.toContain('guessed-token-123')
  })
})

describe('a session', () => {
  it('opens the API too, and records the same name', async () => {
    const headers = { ...here, cookie: await sessionOf(tokens.operator) }

    const answer = await api.ask('PUT', '/freeze', { token: null, headers, body: terms })

    expect([answer.statusCode, answer.json().by]).toEqual([200, 'ada'])
  })

  it('counts behind a proxy that asks for a password of its own', async () => {
    const headers = { cookie: await sessionOf(tokens.viewer), authorization: 'Basic YTpi' }

    expect((await api.ask('GET', '/freezes', { token: null, headers })).statusCode).toBe(200)
  })

  it.each([
    ['another site', { host: here.host, origin: 'http://evil.example' }],
    ['no origin', { host: here.host }],
  ])('changes nothing for a page of %s', async (_what, from) => {
    const headers = { ...from, cookie: await sessionOf(tokens.operator) }

    const answer = await api.ask('PUT', '/freeze', { token: null, headers, body: terms })

    expect([answer.statusCode, answer.json().error.code]).toEqual([403, 'CROSS_SITE'])
  })

  it('does not count where a wrong token is brought', async () => {
    const headers = { cookie: await sessionOf(tokens.operator) }

    const answer = await api.ask('PUT', '/freeze', { token: 'x', headers, body: terms })

    expect(answer.statusCode).toBe(401)
  })
})
