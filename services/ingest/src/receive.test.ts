import { createMatcher } from '@slipway/core'
import { describe, expect, it } from 'vitest'
import { allCases, configInput, imagesOf } from '../test/cases.ts'
import { configOf, projectOf } from '../test/config.ts'
import { openHooks } from './hooks.ts'
import { bodyLimit, type Call, createReceive, type Receive } from './receive.ts'

const secret = 'sixteen-or-more-characters'

function receiverOf(input: object, secrets: Record<string, string[]>): Receive {
  const config = configOf(input)
  return createReceive(
    openHooks(config.hooks, new Map(Object.entries(secrets))),
    createMatcher(config.projects),
  )
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
    ...more,
  }
}

describe('recorded calls', () => {
  it.each(allCases())('$name', (one) => {
    const { expect: expected } = one
    const decide = receiverOf(configInput(one), { door: [expected.secret] })
    const headers = Object.fromEntries(
      Object.entries(expected.headers).map(([name, value]) => [name.toLowerCase(), value]),
    )

    const verdict = decide({
      hook: 'door',
      token: expected.query?.secret ?? null,
      headers,
      body: one.body,
      now: 0,
    })

    expect(verdict.outcome).toBe(expected.outcome)
    expect(verdict.images).toEqual(imagesOf(one))
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
    ['invalid UTF-8', callOf(Uint8Array.from([0x7b, 0xff, 0x7d])), 400],
    ['a key that poisons', callOf('{"__proto__":{}}'), 400],
    ['a body of another sender', callOf({ events: [] }), 422],
    ['an impossible tag', callOf(payload('shop', 'latest;id')), 422],
    ['a body over the limit', callOf(new Uint8Array(bodyLimit + 1)), 413],
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
})
