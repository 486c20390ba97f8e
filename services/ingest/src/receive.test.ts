import { createHmac } from 'node:crypto'
import { createMatcher, sourceIds } from '@slipway/core'
import { describe, expect, it } from 'vitest'
import { allCases, configInput, headersOf, imagesOf, secretsOf, timeOf } from '../test/cases.ts'
import { configOf, projectOf } from '../test/config.ts'
import { largestBody, usualBody } from './body-limit.ts'
import { openHooks } from './hooks.ts'
import { createRateLimit } from './rate-limit.ts'
import { type Call, createReceive, type Receive, type Verdict } from './receive.ts'

const secret = 'sixteen-or-more-characters'

function receiverOf(input: object, secrets: Record<string, string[]>, perHook = 0): (call: Call) => Verdict {
  const config = configOf(input)
  const hooks = openHooks(config.hooks, new Map(Object.entries(secrets)))
  return atOnce(createReceive(hooks, createMatcher(config.projects), createRateLimit(perHook)))
}

// Nothing here waits for keys, so there is no promise, which is part of what is tested.
function atOnce(receive: Receive): (call: Call) => Verdict {
  return (call) => {
    const verdict = receive(call)
    if (verdict instanceof Promise) throw new Error('the decision was not made at once')
    return verdict
  }
}

const receive = receiverOf(
  {
    hooks: {
      main: { source: 'acr', secret: { env: 'A' } },
      narrow: { source: 'acr', secret: { env: 'A' }, projects: ['blog'] },
    },
    projects: {
      shop: projectOf('registry.cn-hangzhou.aliyuncs.com/lotus/shop', {
        tags: ['latest'],
        hosts: ['web1', 'web2'],
      }),
      blog: projectOf('registry.cn-hangzhou.aliyuncs.com/lotus/blog', { tags: ['/v.*/'] }),
    },
  },
  { main: [secret], narrow: [secret] },
)

function payload(name = 'shop', tag = 'latest'): object {
  return { push_data: { tag }, repository: { namespace: 'lotus', name, region: 'cn-hangzhou' } }
}

function callOf(body: object | string | Uint8Array, more: Partial<Call> = {}): Call {
  return {
    hook: 'main',
    token: secret,
    headers: { 'content-type': 'application/json' },
    body:
      body instanceof Uint8Array
        ? body
        : new TextEncoder().encode(typeof body === 'string' ? body : JSON.stringify(body)),
    now: 0,
    peer: '203.0.113.9',
    ...more,
  }
}

describe('recorded calls', () => {
  const cases = allCases()

  it('are there for every source', () => {
    expect([...new Set(cases.map(({ source }) => source))].toSorted()).toEqual([...sourceIds])
    expect(cases.length).toBeGreaterThanOrEqual(34)
  })

  it.each(cases)('$name', async (one) => {
    const { hooks, projects } = configOf(configInput(one))
    const decide = createReceive(openHooks(hooks, secretsOf(one)), createMatcher(projects))

    const verdict = await decide({
      hook: 'door',
      token: one.expect.query?.secret ?? null,
      headers: headersOf(one),
      body: one.body,
      now: timeOf(one),
      peer: '203.0.113.9',
    })

    expect(verdict.outcome).toBe(one.expect.outcome)
    expect(verdict.images).toEqual(imagesOf(one))
    expect(verdict.matches).toHaveLength(imagesOf(one).length)
  })

  it.each(cases)('$name: is refused without its proof', async (one) => {
    const { hooks, projects } = configOf(configInput(one))
    const decide = createReceive(openHooks(hooks, secretsOf(one)), createMatcher(projects))
    const { 'content-type': type = '' } = headersOf(one)
    const call = { hook: 'door', token: null, headers: { 'content-type': type }, body: one.body }

    const verdict = await decide({ ...call, now: timeOf(one), peer: '203.0.113.9' })

    expect(verdict).toMatchObject({ outcome: 'reject', status: 404, reason: 'proof-missing', images: [] })
  })
})

describe('receive', () => {
  it('wants the push on every host of the project, with the image of the configuration', () => {
    expect(receive(callOf(payload()))).toMatchObject({
      outcome: 'deploy',
      status: 202,
      matches: ['shop'],
      wanted: [
        {
          project: 'shop',
          host: 'web1',
          image: 'registry.cn-hangzhou.aliyuncs.com/lotus/shop',
          tag: 'latest',
        },
        { project: 'shop', host: 'web2' },
      ],
    })
  })

  it('ignores a push that no project follows, and tells the operator why but not the sender', () => {
    const verdict = receive(callOf(payload('shop', 'nightly')))

    expect(verdict).toMatchObject({
      outcome: 'ignore',
      status: 200,
      matches: [],
      images: [{ repository: 'lotus/shop', tag: 'nightly' }],
      why: 'shop is not deployed: the project does not follow the tag "nightly"',
      publicWhy: 'no project follows this push',
    })
  })

  it('names the image when no project has it', () => {
    expect(receive(callOf(payload('other'))).why).toBe(
      'no project has the image registry.cn-hangzhou.aliyuncs.com/lotus/other',
    )
  })

  it('lets a hook nudge only the projects that it names', () => {
    expect(receive(callOf(payload('shop'), { hook: 'narrow' }))).toMatchObject({
      outcome: 'ignore',
      why: 'shop is not deployed: the hook may not nudge this project',
    })
    expect(receive(callOf(payload('blog', 'v1'), { hook: 'narrow' })).matches).toEqual(['blog'])
  })

  it('gives strangers one and the same answer', () => {
    const strangers = [
      { hook: 'unknown' },
      { hook: '__proto__' },
      { hook: 'main\0' },
      { hook: '../main' },
      { token: null },
      { token: '' },
      { token: `${secret}x` },
    ].map((more) => receive(callOf(payload(), more)))

    const answers = strangers.map((verdict) =>
      'error' in verdict ? [verdict.status, verdict.error] : verdict,
    )
    expect(new Set(answers.map((answer) => JSON.stringify(answer)))).toEqual(
      new Set([JSON.stringify([404, { code: 'NOT_FOUND', message: 'Not found.' }])]),
    )
  })

  it('tells a stranger nothing about the form of a body', () => {
    const stranger = { token: 'wrong' }

    expect(receive(callOf('{', stranger)).status).toBe(404)
    expect(receive(callOf(payload(), { ...stranger, headers: {} })).status).toBe(404)
  })

  it.each([
    ['another content type', callOf(payload(), { headers: { 'content-type': 'text/plain' } }), 415],
    [
      'a compressed body',
      callOf(payload(), { headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' } }),
      415,
    ],
    ['an empty body', callOf(''), 400],
    ['malformed JSON', callOf('{"push_data":'), 400],
    ['a list', callOf([payload()]), 400],
    ['a number beyond all bounds', callOf('{"at":1e999}'), 400],
    [
      'a form',
      callOf('payload={}', { headers: { 'content-type': 'application/x-www-form-urlencoded' } }),
      415,
    ],
    ['invalid UTF-8', callOf(Uint8Array.from([0x7b, 0xff, 0x7d])), 400],
    ['a key that poisons', callOf('{"__proto__":{}}'), 400],
    ['a body of another sender', callOf({ events: [] }), 422],
    ['an impossible tag', callOf(payload('shop', 'latest;id')), 422],
    ['a body over the limit of its source', callOf(new Uint8Array(usualBody + 1)), 413],
    ['a body over the limit of all', callOf(new Uint8Array(largestBody + 1)), 413],
  ])('refuses %s', (_what, call, status) => {
    const verdict = receive(call)

    expect(verdict).toMatchObject({ outcome: 'reject', status, images: [], matches: [] })
  })

  it('does not repeat in a refusal what the sender wrote', () => {
    const verdict = receive(callOf(payload('shop', 'evil tag \u001b[31m')))

    expect(JSON.stringify(verdict)).not.toContain('evil')
  })

  it('closes a hook that has no secret', () => {
    const closed = receiverOf({ hooks: { main: { source: 'acr', secret: { env: 'A' } } } }, {})

    expect(closed(callOf(payload(), { token: '' })).status).toBe(404)
  })

  it('hears only the addresses that the hook allows, and gives others the one answer', () => {
    const narrow = receiverOf(
      { hooks: { main: { source: 'acr', secret: { env: 'A' }, allow: ['192.0.2.0/24', '2001:db8::/32'] } } },
      { main: [secret] },
    )
    const from = (peer: string) => narrow(callOf(payload(), { peer }))

    expect(['192.0.2.7', '::ffff:192.0.2.7', '2001:db8::1'].map((peer) => from(peer).status)).toEqual([
      200, 200, 200,
    ])
    for (const peer of ['192.0.3.7', '::ffff:192.0.3.7', '2001:db9::1', '']) {
      expect(from(peer)).toMatchObject({
        status: 404,
        reason: 'address-not-allowed',
        error: { code: 'NOT_FOUND', message: 'Not found.' },
      })
    }
  })

  it('counts the proven calls of a hook by the minute, and no others', () => {
    const busy = receiverOf(
      {
        hooks: {
          main: { source: 'acr', secret: { env: 'A' } },
          other: { source: 'acr', secret: { env: 'A' } },
        },
      },
      { main: [secret], other: [secret] },
      2,
    )
    const at = (now: number, more: Partial<Call> = {}) => busy(callOf(payload(), { now, ...more })).status

    expect([at(0, { token: 'x' }), at(0, { token: 'x' }), at(0, { token: 'x' })]).toEqual([404, 404, 404])
    expect([at(0), at(0), at(0)]).toEqual([200, 200, 429])
    expect(busy(callOf(payload(), { now: 40_500 }))).toMatchObject({
      reason: 'rate-limited',
      retryAfter: 20,
      images: [],
    })
    expect(at(0, { hook: 'other' })).toBe(200)
    expect(at(60_000)).toBe(200)
  })

  it('gives what is wanted the key of its delivery, and shows none of it', () => {
    const body = {
      push_data: { tag: 'latest', pushed_at: '2026-11-18 09:41:07' },
      repository: { namespace: 'lotus', name: 'shop', region: 'cn-hangzhou' },
    }

    const [first, again] = [receive(callOf(body)), receive(callOf(body, { now: 9_000 }))]
    const later = receive(callOf({ ...body, push_data: { tag: 'latest', pushed_at: '2026-11-18 09:41:08' } }))

    const keys = [first, again, later].map((verdict) =>
      verdict.outcome === 'deploy' ? verdict.wanted.map(({ delivery }) => delivery) : [],
    )
    expect(keys[0]).toEqual([expect.stringContaining('2026-11-18 09:41:07'), keys[0]?.[0]])
    expect(keys[1]).toEqual(keys[0])
    expect(keys[2]?.[0]).not.toBe(keys[0]?.[0])
    expect(Object.keys(first.images[0] ?? {})).toEqual(['registry', 'repository', 'tag', 'digest'])
  })

  it('gives no key where the sender names neither an id nor a time', () => {
    const verdict = receive(callOf(payload()))

    expect(verdict.outcome === 'deploy' && verdict.wanted[0]).not.toHaveProperty('delivery')
  })
})

describe('a source that sends forms', () => {
  const json = JSON.stringify({ action: 'deleted', package: { type: 'container' } })
  const headers = {
    'content-type': 'application/x-www-form-urlencoded',
    'x-gitea-event': 'package',
    'x-gitea-signature': createHmac('sha256', secret).update(json).digest('hex'),
  }
  const gitea = receiverOf({ hooks: { main: { source: 'gitea', secret: { env: 'A' } } } }, { main: [secret] })

  it('is proven by the JSON in the form, and read from it', () => {
    const body = new URLSearchParams({ payload: json }).toString()

    expect(gitea(callOf(body, { headers }))).toMatchObject({ outcome: 'ignore', status: 200 })
  })

  it.each([
    ['twice', `payload=${encodeURIComponent(json)}&payload=${encodeURIComponent(json)}`],
    ['not at all', 'other=1'],
    ['with broken escapes', 'payload=%7'],
    ['changed', `payload=${encodeURIComponent(json.replace('deleted', 'created'))}`],
  ])('is a stranger when the JSON is there %s', (_how, body) => {
    expect(gitea(callOf(body, { headers }))).toMatchObject({ status: 404, reason: 'proof-wrong' })
  })
})
