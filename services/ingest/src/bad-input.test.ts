import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { captureLog } from '../test/captured-log.ts'
import { projectOf } from '../test/config.ts'
import { openPublicApp, type PublicRig, type PublicRigOptions } from '../test/public-rig.ts'
import { portOf, rawCall, rawRequest } from '../test/raw-call.ts'
import { largestBody, usualBody } from './body-limit.ts'

const secret = 'canary-secret-a1b2c3d4'
const image = 'registry.cn-hangzhou.aliyuncs.com/lotus/shop'
const config = {
  hooks: {
    main: { source: 'acr', secret: { env: 'A' } },
    signed: { source: 'ghcr', secret: { env: 'A' } },
    events: { source: 'distribution', secret: { env: 'A' } },
    closed: { source: 'acr', secret: { env: 'A' } },
    near: { source: 'acr', secret: { env: 'A' }, allow: ['10.0.0.0/8'] },
  },
  projects: { shop: projectOf(image), tool: projectOf('ghcr.io/lotus/tool') },
}
// `closed` was given no secret, as if the configuration had let that pass.
const secrets = new Map(['main', 'signed', 'events', 'near'].map((name) => [name, [secret]]))
const captured = captureLog()

const url = `/webhooks/main?token=${secret}`
const json = 'Content-Type: application/json'
const push = body()

function body(change: object = {}, repository: object = {}): string {
  return JSON.stringify({
    push_data: { tag: 'latest', ...change },
    repository: { namespace: 'lotus', name: 'shop', region: 'cn-hangzhou', ...repository },
  })
}

function nested(levels: number): string {
  return `{"a":${'['.repeat(levels)}${']'.repeat(levels)}}`
}

function event(host: string): string {
  const target = { repository: 'lotus/shop', tag: 'latest' }
  return JSON.stringify({ events: [{ id: 'e', action: 'push', target, request: { host } }] })
}

function open(options: PublicRigOptions = {}): PublicRig {
  return openPublicApp(config, secrets, { log: captured.log, ...options })
}

let rig: PublicRig

beforeAll(() => {
  rig = open()
})
afterAll(() => rig.app.close())

/** The status of the answer, and whether it closed the connection. */
async function send(target: string, headers: readonly string[], content: string | Uint8Array, from = rig) {
  const answer = await rawCall(from.app, ...rawRequest(target, headers, content))
  return { status: Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1]), answer }
}

type Row = readonly [what: string, headers: readonly string[], content: string | Uint8Array, status: number]

const typed = (type: string): string[] => [`Content-Type: ${type}`]
const bodies: readonly Row[] = [
  ['malformed JSON', [json], '{"push_data":', 400],
  ['no body', [json], '', 400],
  ['a list', [json], `[${push}]`, 400],
  ['null', [json], 'null', 400],
  ['a text', [json], '"x"', 400],
  ['__proto__', [json], `{"__proto__":{"a":1},${push.slice(1)}`, 400],
  ['an escaped __proto__', [json], `{"\\u005f_proto__":1,${push.slice(1)}`, 400],
  ['a nested __proto__', [json], `{"x":[{"__proto__":1}],${push.slice(1)}`, 400],
  ['constructor.prototype', [json], `{"constructor":{"prototype":{}},${push.slice(1)}`, 400],
  ['a body over the limit of its source', [json], push.padEnd(usualBody + 1), 413],
  ['a body of two megabytes', [json], push.padEnd(2 * 1_048_576), 413],
  ['thirty thousand levels', [json], nested(30_000), 400],
  ['seventeen levels', [json], nested(16), 400],
  ['invalid UTF-8', [json], Buffer.from(push.replace('lotus', 'l\u00ff'), 'latin1'), 400],
  ['an overlong form of UTF-8', [json], Buffer.from(push.replace('lotus', '\u00c0\u00af'), 'latin1'), 400],
  ['a byte order mark', [json], `\uFEFF${push}`, 400],
  ['1e999', [json], `{"x":1e999,${push.slice(1)}`, 400],
  ['plain text', typed('text/plain'), push, 415],
  ['no content type', [], push, 415],
  ['two content types', typed('application/json, text/plain'), push, 415],
  ['a content type with a tail', typed('application/json\tx'), push, 415],
  ['a content type that begins like another', typed('text/plain; application/json'), push, 415],
  ['another set of characters', typed('application/json; charset=utf-16'), push, 415],
  ['a form', typed('application/x-www-form-urlencoded'), `payload=${encodeURIComponent(push)}`, 415],
  ['plain JSON that is said to be compressed', [json, 'Content-Encoding: gzip'], push, 415],
  ['a body of another sender', [json], event('r.example.com'), 422],
  ...['latest;rm -rf /', '$(id)', 'latest\n', '-x', 'a'.repeat(500), 'v1+x', 'é', ''].map(
    (tag): Row => [`the tag ${JSON.stringify(tag.slice(0, 20))}`, [json], body({ tag }), 422],
  ),
  ...[
    { namespace: '..' },
    { namespace: 'Lotus' },
    { namespace: 'evil.example.com:80' },
    { name: 'shop/../../etc' },
    { name: 'shop@sha256' },
    { name: '$(id)' },
    { region: 'evil.example.com/x' },
    { region: 'cn-hangzhou.evil' },
  ].map(
    (repository): Row => [`the repository ${JSON.stringify(repository)}`, [json], body({}, repository), 422],
  ),
  ['more headers than anyone sends', [json, ...Array(2_500).fill('X: y')], push, 431],
  ['a header of 20 KB', [json, `X: ${'y'.repeat(20_000)}`], push, 431],
  ['two hosts', [json, 'HOST: y'], push, 400],
  ['two lengths', [json, 'Content-Length: 5'], push, 400],
  ['a length beside chunks', [json, 'Transfer-Encoding: chunked'], push, 400],
  ['a header that ends too early', [json, 'X: a\rY: b'], push, 400],
]

describe('a proven call', () => {
  it.each(bodies)('is refused with %s', async (_what, headers, content, expected) => {
    const { status, answer } = await send(url, headers, content)

    expect(status).toBe(expected)
    expect(answer).toMatch(/\r\nconnection: close\r\n/i)
    // Generic: a code and a sentence that name nothing of the call.
    expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4)).error).toEqual({
      code: expect.stringMatching(/^[A-Z_]+$/),
      message: expect.stringMatching(/^[A-Z][^"\\]{3,60}\.$/),
    })
    expect(rig.accepted).toEqual([])
  })

  it('is cut off over the limit of all while it still sends', async () => {
    const answer = await rawCall(
      rig.app,
      `POST ${url} HTTP/1.1\r\nHost: x\r\n${json}\r\nTransfer-Encoding: chunked\r\n\r\n`,
      `${(largestBody + 1).toString(16)}\r\n`,
      Buffer.alloc(largestBody + 1, ' '),
    )

    expect(answer).toMatch(/^HTTP\/1\.1 413 /)
    expect(answer).toMatch(/\r\nconnection: close\r\n/i)
  })

  it('may be large for a source that sends much, and no deeper', async () => {
    const bearer = [json, `Authorization: ${secret}`]
    const large = event('r.example.com').padEnd(largestBody)

    expect((await send('/webhooks/events', bearer, large)).status).toBe(200)
    expect((await send('/webhooks/events', bearer, nested(150_000))).status).toBe(400)
  })

  it('is about the image that it names, and never about the one that is configured', async () => {
    const { status } = await send(url, [json], body({}, { name: 'other' }))

    expect(status).toBe(200)
    expect(rig.accepted).toEqual([])
  })

  it('cannot choose the host that is contacted', async () => {
    const bearer = [json, `Authorization: ${secret}`]

    expect((await send('/webhooks/events', bearer, event('169.254.169.254'))).status).toBe(200)
    expect((await send('/webhooks/events', bearer, event('evil.example.com:5000'))).status).toBe(200)
    expect(rig.accepted).toEqual([])
  })
})

describe('a stranger', () => {
  const stranger = 'HTTP/1.1 404 Not Found'
  const targets = [
    '/webhooks/main',
    '/webhooks/main?token=',
    `/webhooks/main?token=${secret}x`,
    `/webhooks/main?token=${secret}&token=${secret}`,
    `/webhooks/main?token=${secret}%00`,
    `/webhooks/unknown?token=${secret}`,
    `/webhooks/closed?token=${secret}`,
    '/webhooks/closed?token=',
    `/webhooks/near?token=${secret}`,
    `/webhooks/main%00?token=${secret}`,
    `/webhooks/main%2f..%2fmain?token=${secret}`,
    `/webhooks/..%2fwebhooks%2fmain?token=${secret}`,
    `/webhooks/MAIN?token=${secret}`,
    `/webhooks/__proto__?token=${secret}`,
    `/webhooks/constructor?token=${secret}`,
    `/webhooks/main/?token=${secret}`,
    `//webhooks/main?token=${secret}`,
    `/webhooks/signed?token=${secret}`,
    `/webhooks/${'a'.repeat(5_000)}`,
    `/webhooks/%zz/${secret}`,
    '/',
    '*',
  ]

  it.each(targets)('gets the one answer at %s', async (target) => {
    const { answer } = await send(target, [json], push)

    expect(withoutDate(answer)).toBe(withoutDate((await send('/webhooks/none', [json], push)).answer))
    expect(answer.startsWith(stranger)).toBe(true)
    expect(rig.accepted).toEqual([])
  })

  it.each(['GET', 'HEAD', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])('finds nothing with %s', async (method) => {
    const answer = await rawCall(rig.app, `${method} ${url} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)

    expect(answer).toMatch(/^HTTP\/1\.1 404 /)
  })

  it.each([
    ['none', undefined],
    ['an empty one', ''],
    ['SHA-1', `sha1=${createHmac('sha1', secret).update(push).digest('hex')}`],
    ['one without its prefix', createHmac('sha256', secret).update(push).digest('hex')],
    ['one of other bytes', `sha256=${createHmac('sha256', secret).update('{}').digest('hex')}`],
  ])('is whoever signs with %s', async (_what, signature) => {
    const headers = [
      json,
      'X-GitHub-Event: package',
      ...(signature === undefined ? [] : [`X-Hub-Signature-256: ${signature}`]),
    ]

    expect((await send('/webhooks/signed', headers, push)).status).toBe(404)
  })
})

describe('one parser', () => {
  it('reads the bytes that the signature covers, and of two keys the last', async () => {
    const inner = (tag: string) => JSON.stringify({ name: tag, digest: '' })
    const version = `{"container_metadata":{"tag":${inner('forged')},"tag":${inner('latest')}}}`
    const content = `{"action":"published","package":{"name":"tool","namespace":"lotus","owner":{"login":"Lotus"},"package_type":"CONTAINER","package_version":${version}}}`
    const sign = (text: string) => `sha256=${createHmac('sha256', secret).update(text).digest('hex')}`
    const call = (signature: string) => [json, 'X-GitHub-Event: package', `X-Hub-Signature-256: ${signature}`]
    const apart = open()

    const { status } = await send('/webhooks/signed', call(sign(content)), content, apart)
    const reread = await send(
      '/webhooks/signed',
      call(sign(JSON.stringify(JSON.parse(content)))),
      content,
      apart,
    )
    await apart.app.close()

    expect([status, reread.status]).toEqual([202, 404])
    expect(apart.accepted.map(({ tag }) => tag)).toEqual(['latest'])
  })

  it('takes a header named __proto__ as any other', async () => {
    const apart = open()
    const { status } = await send(url, [json, '__proto__: x', 'constructor: y'], push, apart)
    await apart.app.close()

    expect(status).toBe(202)
  })

  it('knows a call again that was sent before', async () => {
    const apart = open()
    const captive = body({ pushed_at: '2026-11-18 09:41:07' })
    for (let times = 0; times < 2; times += 1) await send(url, [json], captive, apart)
    await apart.app.close()

    const [first, second] = apart.accepted.map(({ delivery }) => delivery)
    expect(first).toContain('2026-11-18 09:41:07')
    expect(second).toBe(first)
  })
})

describe('whoever is slow', () => {
  const patience = { request: 300, headers: 150, check: 50 }

  it.each([
    ['the body', `POST ${url} HTTP/1.1\r\nHost: x\r\n${json}\r\nContent-Length: 100\r\n\r\n{`],
    ['a chunk', `POST ${url} HTTP/1.1\r\nHost: x\r\n${json}\r\nTransfer-Encoding: chunked\r\n\r\n64\r\n{`],
    ['the headers', `POST ${url} HTTP/1.1\r\nHost: x\r\n`],
    ['the first line', 'POST '],
  ])('with %s is cut off', async (_what, bytes) => {
    const slow = open({ patience })
    const answer = await rawCall(slow.app, bytes)
    await slow.app.close()

    expect(answer).toMatch(/^HTTP\/1\.1 408 /)
    expect(slow.accepted).toEqual([])
  })

  it('has ten seconds, and others have a place', () => {
    const { server } = rig.app

    expect([server.requestTimeout, server.headersTimeout]).toEqual([10_000, 5_000])
    expect([server.timeout, server.maxConnections]).toEqual([15_000, 1_000])
  })
})

describe('the address of a caller', () => {
  async function loggedFor(options: PublicRigOptions): Promise<unknown> {
    const own = captureLog()
    const apart = open({ ...options, log: own.log })
    const forged = ['X-Forwarded-For: 198.51.100.9', 'X-Forwarded-Host: evil.example.com']
    await send(url, [json, ...forged], push, apart)
    await apart.app.close()
    expect(own.lines.join('')).not.toContain('evil.example.com')
    return own.requests()[0]?.remote
  }

  it('is what a proxy says only where the proxy is trusted', async () => {
    expect(await loggedFor({})).toBe('127.0.0.1')
    expect(await loggedFor({ trustProxy: ['10.0.0.0/8'] })).toBe('127.0.0.1')
    expect(await loggedFor({ trustProxy: ['127.0.0.0/8'] })).toBe('198.51.100.9')
  })

  it('opens a hook that hears only some, through a trusted proxy', async () => {
    const apart = open({ trustProxy: ['127.0.0.1'] })
    const from = async (address: string) =>
      (await send(`/webhooks/near?token=${secret}`, [json, `X-Forwarded-For: ${address}`], push, apart))
        .status
    const statuses = [await from('10.1.2.3'), await from('11.1.2.3'), await from('10.1.2.3, 11.1.2.3')]
    await apart.app.close()

    expect(statuses).toEqual([202, 404, 404])
  })

  it('may call so often in a minute, and then is told when to come back', async () => {
    const apart = open({ perAddress: 3, trustProxy: ['127.0.0.1'] })
    const port = await portOf(apart.app)
    const call = (target: string, address: string) =>
      fetch(`http://127.0.0.1:${port}${target}`, {
        method: 'POST',
        headers: { 'x-forwarded-for': address, 'content-type': 'application/json' },
        body: push,
      })

    const known = await call(url, '192.0.2.1')
    const unknown = await call('/webhooks/unknown', '192.0.2.1')
    const nowhere = await call('/nowhere', '192.0.2.1')
    const refused = [await call(url, '192.0.2.1'), await call('/nowhere', '192.0.2.1')]
    const other = await call(url, '192.0.2.2')
    const sameNetwork = []
    for (const address of ['2001:db8::1', '2001:db8::2', '2001:db8::3', '2001:db8:0:0:9::']) {
      sameNetwork.push((await call(url, address)).status)
    }
    const health = await fetch(`http://127.0.0.1:${port}/healthz`, {
      headers: { 'x-forwarded-for': '192.0.2.1' },
    })
    await apart.app.close()

    expect([known.status, unknown.status, nowhere.status]).toEqual([202, 404, 404])
    for (const answer of refused) {
      expect(answer.status).toBe(429)
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
      expect(Number(answer.headers.get('retry-after'))).toBeLessThanOrEqual(60)
      expect(await answer.json()).toEqual({
        error: { code: 'TOO_MANY_REQUESTS', message: 'Too many calls; come back later.' },
      })
    }
    expect(other.status).toBe(202)
    expect(sameNetwork).toEqual([202, 202, 202, 429])
    expect(health.status).toBe(200)
    expect([...known.headers.keys()].filter((name) => name.includes('ratelimit'))).toEqual([])
  })

  it('does not matter for the limit of a hook', async () => {
    const apart = open({ perHook: 1, trustProxy: ['127.0.0.1'] })
    const from = async (address: string) =>
      await send(url, [json, `X-Forwarded-For: ${address}`], push, apart)
    const [first, second] = [await from('192.0.2.1'), await from('192.0.2.2')]
    await apart.app.close()

    expect([first.status, second.status]).toEqual([202, 429])
    expect(second.answer).toMatch(/\r\nretry-after: 60\r\n/i)
  })
})

it('left no secret and no body in the log', () => {
  const log = captured.lines.join('')

  expect(captured.requests().length).toBeGreaterThan(60)
  const found = [secret, 'rm -rf', '$(id)', '%zz', 'push_data'].filter((word) => log.includes(word))
  expect(found).toEqual([])
})

function withoutDate(answer: string): string {
  return answer.replace(/\r\ndate: [^\r]*/i, '')
}
