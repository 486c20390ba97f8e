import { isUtf8 } from 'node:buffer'
import { authOf } from '@slipway/core'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { allCases, type Case, hookInput, imagesOf, timeOf } from '../../test/cases.ts'
import { configOf, projectOf } from '../../test/config.ts'
import { openPublicApp, type PublicRig } from '../../test/public-rig.ts'
import { signCall } from '../../test/sign-call.ts'

// Bodies, headers and paths that nobody thought of, at every source, through everything that a call passes on its way.

const cases = allCases()
const bySource = [...Map.groupBy(cases, ({ source }) => source)].map(([source, all]) => ({ source, all }))

/** One receiver for each source, set up as for its first case, with a project for each image that any case names. */
function open(source: string, all: readonly Case[]) {
  const first = all.find(({ expect: { outcome } }) => outcome === 'deploy') ?? all[0]
  if (!first) throw new Error(`${source} has no case`)
  const images = new Set(all.flatMap(imagesOf).map(({ registry, repository }) => `${registry}/${repository}`))
  const config = {
    hooks: { door: hookInput(first) },
    projects: Object.fromEntries(
      [...images].map((image, at) => [`site${at}`, projectOf(image, { tags: ['/.*/'] })]),
    ),
  }
  const hook = configOf(config).hooks.door
  if (!hook) throw new Error(`${source} has no hook`)
  const now = timeOf(first)
  const { secret = first.expect.headers.Authorization ?? '' } = first.expect
  const rig = openPublicApp(config, new Map([['door', [secret]]]), { clock: { now: () => now } })
  return { rig, first, secret, now, auth: authOf(hook) }
}

const printable = fc.string({
  unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
})
const value = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom(
    'latest',
    'sha256:x',
    '../..',
    '$(id)',
    '\u0000',
    '订单',
    '__proto__',
    1e308,
    -0,
    '2026-11-18',
  ),
)

/** Where in a value something is changed, as numbers that choose among its keys. */
const change = fc.record({
  steps: fc.array(fc.nat(30), { minLength: 1, maxLength: 5 }),
  value: fc.option(value, { nil: undefined }),
})

function changed(root: unknown, { steps, value: replacement }: { steps: number[]; value: unknown }): unknown {
  const [step, ...rest] = steps
  if (step === undefined || typeof root !== 'object' || root === null) return replacement
  const keys = Object.keys(root)
  const key = keys[step % Math.max(1, keys.length)]
  if (key === undefined) return replacement
  const copy: Record<string, unknown> = Object.fromEntries(Object.entries(root))
  const inner = changed(copy[key], { steps: rest, value: replacement })
  if (inner === undefined) delete copy[key]
  else copy[key] = inner
  return Array.isArray(root) ? Object.values(copy) : copy
}

/** Bytes near those that a source sends, and bytes that are nowhere near. */
function bodiesOf(all: readonly Case[]): fc.Arbitrary<Buffer> {
  const recorded = fc.constantFrom(...all.map(({ body }) => Buffer.from(body)))
  const edited = fc
    .tuple(recorded, fc.array(change, { minLength: 1, maxLength: 3 }))
    .map(([body, changes]) => Buffer.from(JSON.stringify(changes.reduce(changed, parse(body)) ?? null)))
  const broken = fc.tuple(recorded, fc.nat(), fc.uint8Array({ maxLength: 4 })).map(([body, at, bytes]) => {
    const place = at % body.length
    return Buffer.concat([body.subarray(0, place), bytes, body.subarray(place + bytes.length)])
  })
  const foreign = fc.oneof(
    fc.json().map((text) => Buffer.from(text)),
    fc.uint8Array().map((bytes) => Buffer.from(bytes)),
  )
  return fc.oneof({ weight: 4, arbitrary: edited }, { weight: 2, arbitrary: broken }, recorded, foreign)
}

function parse(body: Buffer): unknown {
  return JSON.parse(body.toString())
}

/** Headers that some source reads, and others, with values of any kind. */
const extraHeaders = fc.dictionary(
  fc.constantFrom(
    ...new Set(
      cases.flatMap(({ expect: { headers } }) => Object.keys(headers).map((name) => name.toLowerCase())),
    ),
    ...[
      'ce-id',
      'ce-source',
      'ce-type',
      'ce-specversion',
      'ce-time',
      'content-encoding',
      'x-request-id',
      '__proto__',
    ],
  ),
  fc.oneof(
    printable,
    fc.constantFrom('application/json', 'application/cloudevents-batch+json', 'push', '%ff', '1'),
  ),
  { maxKeys: 4 },
)

const opened: PublicRig[] = []
const answered = new Map<number, number>()
afterAll(() => Promise.all(opened.map(({ app }) => app.close())))

describe.each(bySource)('$source', ({ source, all }) => {
  const { rig, first, secret, now, auth } = open(source, all)
  const { app, accepted } = rig
  opened.push(rig)
  const own = Object.fromEntries(
    Object.entries(first.expect.headers).map(([name, text]) => [name.toLowerCase(), text]),
  )

  it('answers a proven call in one of the known ways, whatever is in it', async () => {
    await fc.assert(
      fc.asyncProperty(bodiesOf(all), extraHeaders, async (payload, extra) => {
        accepted.length = 0
        const { token, headers: proof } = signCall(auth, secret, payload, now)
        const headers = { ...own, ...extra, ...proof }

        const answer = await app.inject({ method: 'POST', url: target(token), headers, payload })

        answered.set(answer.statusCode, (answered.get(answer.statusCode) ?? 0) + 1)
        // The library that checks signatures of GitHub's form takes text only, so bytes that are none prove nothing.
        const isUnsigned = auth.prefix === 'sha256=' && (payload.length === 0 || !isUtf8(payload))
        expect([200, 202, 400, 413, 415, 422, ...(isUnsigned ? [404] : [])]).toContain(answer.statusCode)
        expect(accepted.length > 0).toBe(answer.statusCode === 202)
      }),
      { numRuns: 60 },
    )
  })

  it('queues nothing for whoever proves nothing, whatever is tried', async () => {
    const tokens = fc.option(fc.oneof(printable, fc.constantFrom('', `${secret}x`, secret.slice(1))), {
      nil: null,
    })
    const proofHeaders = new Set([auth.header?.toLowerCase() ?? '', 'authorization', 'webhook-signature'])
    await fc.assert(
      fc.asyncProperty(
        bodiesOf(all),
        extraHeaders,
        tokens,
        printable,
        async (payload, extra, token, guess) => {
          accepted.length = 0
          const headers = { ...own, ...extra }
          for (const name of proofHeaders) if (name in headers) headers[name] = guess

          const answer = await app.inject({ method: 'POST', url: target(token), headers, payload })

          // The listener refuses what is no content type at all, before it is known which hook is called.
          expect([404, 415]).toContain(answer.statusCode)
          expect(accepted).toEqual([])
        },
      ),
      { numRuns: 40 },
    )
  })
})

it('has met every way to answer but the one for bodies that are too large', () => {
  expect([200, 202, 400, 415, 422].filter((status) => !answered.has(status))).toEqual([])
})

it('has one answer for every path that leads nowhere', async () => {
  const { rig } = open(
    'acr',
    cases.filter(({ source }) => source === 'acr'),
  )
  opened.push(rig)
  const part = fc.oneof(
    fc.string(),
    fc.constantFrom('webhooks', 'door', '..', '.', '', '%00', '%2f', '%zz', '*'),
  )
  const path = fc
    .array(part, { maxLength: 5 })
    // What is left out here could not be sent by the client of this test; more is in the table of bad input.
    .map(
      (parts) =>
        `/${parts
          .join('/')
          .replaceAll(/[^\x21-\x5b\x5d-\x7e]/g, '%7f')
          .replace(/^\/+/, '')}`,
    )
  await fc.assert(
    fc.asyncProperty(
      path,
      fc.constantFrom('POST', 'GET', 'PUT', 'OPTIONS', 'DELETE', 'HEAD'),
      async (url, method) => {
        const answer = await rig.app.inject({ method, url, ...(method === 'POST' ? { payload: '{}' } : {}) })

        expect([answer.statusCode, rig.accepted.length]).toEqual([404, 0])
      },
    ),
    { numRuns: 300 },
  )
})

function target(token: string | null): string {
  return token === null ? '/webhooks/door' : `/webhooks/door?token=${encodeURIComponent(token)}`
}
