import { createHmac } from 'node:crypto'
import { sign } from '@octokit/webhooks-methods'
import { describe, expect, it } from 'vitest'
import { createProof, type ProofParts } from './index.ts'
import type { ProofVerdict } from './proof.ts'

const secrets = ['first-secret-0123', 'second-secret-4567']
const body = Buffer.from('{"tag":"订单 🚢"}')
const nothing = new Uint8Array()

interface Sent {
  readonly signature?: string | undefined
  readonly body?: Uint8Array
  readonly type?: string
}

function check(parts: ProofParts, sent: Sent): ProofVerdict | Promise<ProofVerdict> | undefined {
  const headers = { 'x-signature': sent.signature, 'content-type': sent.type ?? 'application/json' }
  return createProof(parts)?.prove({ token: null, headers, body: sent.body ?? body, now: 0 })
}

function hmac(algorithm: string, secret: string, over: Uint8Array = body): string {
  return createHmac(algorithm, secret).update(over).digest('hex')
}

const kinds = [
  { type: 'hmac-sha256-hex', algorithm: 'sha256', prefix: '' },
  { type: 'hmac-sha256-hex', algorithm: 'sha256', prefix: 'sha256=' },
  { type: 'hmac-sha256-hex', algorithm: 'sha256', prefix: 'v0=' },
  { type: 'hmac-sha1-hex', algorithm: 'sha1', prefix: '' },
  { type: 'hmac-sha1-hex', algorithm: 'sha1', prefix: 'sha1=' },
] as const

describe.each(kinds)('$type with the prefix "$prefix"', ({ type, algorithm, prefix }) => {
  const parts: ProofParts = { auth: { type, header: 'X-Signature', prefix }, secrets }
  const [first = '', second = ''] = secrets
  const right = `${prefix}${hmac(algorithm, first)}`

  it('takes the signature of each active secret', async () => {
    expect((await check(parts, { signature: right }))?.ok).toBe(true)
    expect((await check(parts, { signature: `${prefix}${hmac(algorithm, second)}` }))?.ok).toBe(true)
  })

  it.each([undefined, ''])('misses the signature %j', async (signature) => {
    expect(await check(parts, { signature })).toMatchObject({ ok: false, reason: 'proof-missing' })
  })

  it.each([
    ['of another secret', `${prefix}${hmac(algorithm, 'third-secret')}`],
    ['of other bytes', `${prefix}${hmac(algorithm, first, Buffer.from('{}'))}`],
    ['cut short', right.slice(0, -1)],
    ['with more behind it', `${right}0`],
    ['given twice', `${right}, ${right}`],
    ['with another prefix', `sha512=${hmac(algorithm, first)}`],
    ['with a prefix of the same length', prefix ? `x${right.slice(1)}` : `x${right}`],
    ['that is a prefix alone', prefix || 'sha256='],
    ['in base64', `${prefix}${createHmac(algorithm, first).update(body).digest('base64')}`],
    ['that is no digits', `${prefix}${'z'.repeat(64)}`],
  ])('refuses a signature %s', async (_what, signature) => {
    expect(await check(parts, { signature })).toMatchObject({ ok: false, reason: 'proof-wrong' })
  })

  it('covers the bytes, and not what a reader would take them for', async () => {
    const loose = Buffer.from([0x7b, 0xff, 0x7d])
    const replaced = Buffer.from(loose.toString('utf8'))

    const verdict = await check(parts, {
      signature: `${prefix}${hmac(algorithm, first, replaced)}`,
      body: loose,
    })

    expect(verdict?.ok).toBe(false)
  })

  it('survives an empty body', async () => {
    expect(await check(parts, { signature: right, body: nothing })).toMatchObject({ reason: 'proof-wrong' })
    expect(await check(parts, { body: nothing })).toMatchObject({ reason: 'proof-missing' })
  })
})

describe('hmac-sha256-hex', () => {
  const auth = { type: 'hmac-sha256-hex', header: 'X-Signature', prefix: 'sha256=' } as const
  const [secret = ''] = secrets

  it('takes what the library of GitHub signs', async () => {
    const signature = await sign(secret, body.toString())

    expect((await check({ auth, secrets }, { signature }))?.ok).toBe(true)
  })

  it.each(['', 'sha1='])('refuses a SHA-1 signature behind "%s"', async (prefix) => {
    const signature = `${prefix}${hmac('sha1', secret)}`

    expect((await check({ auth, secrets }, { signature }))?.ok).toBe(false)
    expect((await check({ auth: { ...auth, prefix: '' }, secrets }, { signature }))?.ok).toBe(false)
  })

  it('demands the prefix that is configured, and none where none is', async () => {
    const bare = hmac('sha256', secret)

    expect((await check({ auth, secrets }, { signature: bare }))?.ok).toBe(false)
    expect(
      (await check({ auth: { ...auth, prefix: '' }, secrets }, { signature: `sha256=${bare}` }))?.ok,
    ).toBe(false)
  })

  it('covers the form, or the JSON in it, as the source signs', async () => {
    const form = Buffer.from(new URLSearchParams({ payload: body.toString() }).toString())
    const type = 'application/x-www-form-urlencoded'
    const plain = { ...auth, prefix: '' }
    const overForm = hmac('sha256', secret, form)
    const overJson = hmac('sha256', secret)
    const sees = async (signed: 'form' | 'field', signature: string) =>
      (
        await check(
          { auth: plain, secrets, form: { field: 'payload', signed } },
          { signature, body: form, type },
        )
      )?.ok

    expect([await sees('form', overForm), await sees('form', overJson)]).toEqual([true, false])
    expect([await sees('field', overForm), await sees('field', overJson)]).toEqual([false, true])
  })

  it('does not look for a form where the call is said to be none', async () => {
    const form = { field: 'payload', signed: 'field' } as const

    expect(
      (await check({ auth, secrets, form }, { signature: await sign(secret, body.toString()) }))?.ok,
    ).toBe(true)
  })
})
