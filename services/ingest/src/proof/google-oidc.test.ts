import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose'
import { beforeAll, describe, expect, it } from 'vitest'
import { googleOidc } from './google-oidc.ts'
import { KeysUnavailable } from './key-set.ts'
import type { Proof } from './proof.ts'

const audience = 'https://deploy.example.com/webhooks/gar'
const serviceAccount = 'pusher@demo.iam.gserviceaccount.com'
const second = 1_794_984_302
const claims = {
  iss: 'https://accounts.google.com',
  aud: audience,
  email: serviceAccount,
  email_verified: true,
}

type Pair = Awaited<ReturnType<typeof generateKeyPair>>
let google: Pair
let stranger: Pair
let asked: number
let prove: Proof

beforeAll(async () => {
  google = await generateKeyPair('RS256')
  stranger = await generateKeyPair('RS256')
  asked = 0
  prove = googleOidc({
    header: 'Authorization',
    audience,
    serviceAccount,
    keys: async () => {
      asked += 1
      return google.publicKey
    },
  })
})

function token(change: JWTPayload = {}, pair: Pair = google): Promise<string> {
  return new SignJWT({ ...claims, iat: second, exp: second + 3_600, ...change })
    .setProtectedHeader({ alg: 'RS256', kid: 'k1' })
    .sign(pair.privateKey)
}

async function reason(
  authorization: string | undefined,
  now = second * 1_000,
  check = prove,
): Promise<string> {
  const verdict = await check({ token: null, headers: { authorization }, body: new Uint8Array(), now })
  return verdict.ok ? 'ok' : verdict.reason
}

describe('google-oidc', () => {
  it.each([claims.iss, 'accounts.google.com'])('takes a token of %s', async (iss) => {
    expect(await reason(`Bearer ${await token({ iss })}`)).toBe('ok')
    expect(await reason(`bearer ${await token({ iss })}`)).toBe('ok')
  })

  it('takes a token for several audiences, of which one is this', async () => {
    expect(await reason(`Bearer ${await token({ aud: ['https://other', audience] })}`)).toBe('ok')
  })

  it.each([
    ['issuer', { iss: 'https://accounts.google.com.evil.example' }],
    ['audience', { aud: 'https://other' }],
    ['account', { email: 'someone@demo.iam.gserviceaccount.com' }],
    ['account that is not verified', { email_verified: false }],
    ['account that is verified by a word', { email_verified: 'true' }],
    ['end that is none', { exp: undefined }],
    ['beginning that is none', { iat: undefined }],
  ])('refuses another %s', async (_what, change) => {
    expect(await reason(`Bearer ${await token(change as JWTPayload)}`)).toBe('proof-wrong')
  })

  it('goes by the clock of the call', async () => {
    const bearer = `Bearer ${await token()}`

    expect(await reason(bearer, (second + 3_605) * 1_000)).toBe('ok')
    expect(await reason(bearer, (second + 3_615) * 1_000)).toBe('proof-stale')
    expect(await reason(bearer, (second - 5) * 1_000)).toBe('ok')
    expect(await reason(bearer, (second - 15) * 1_000)).toBe('proof-stale')
  })

  it('refuses a token of another key', async () => {
    expect(await reason(`Bearer ${await token({}, stranger)}`)).toBe('proof-wrong')
  })

  it('takes no algorithm but RS256, be the key as it may', async () => {
    const payload = { ...claims, iat: second, exp: second + 3_600 }
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const none = `${encode({ alg: 'none' })}.${encode(payload)}.`
    const modulus = JSON.stringify(await exportJWK(google.publicKey))
    const shared = await new SignJWT(payload)
      .setProtectedHeader({ alg: 'HS256' })
      .sign(new TextEncoder().encode(modulus))

    for (const one of [none, shared]) expect(await reason(`Bearer ${one}`)).toBe('proof-wrong')
  })

  it.each(['RS512', 'PS256', 'ES256'])('refuses %s, though the key be one of the set', async (alg) => {
    const pair = await generateKeyPair(alg)
    const keys = async () => pair.publicKey
    const check = googleOidc({ header: 'authorization', audience, serviceAccount, keys })
    const made = new SignJWT({ ...claims, iat: second, exp: second + 3_600 }).setProtectedHeader({ alg })

    const bearer = `Bearer ${await made.sign(pair.privateKey)}`

    expect(await reason(bearer, second * 1_000, check)).toBe('proof-wrong')
  })

  it.each([undefined, '', 'Bearer', 'Bearer ', 'Basic abc', 'abc', 'Bearer a b'])(
    'misses a token in %j',
    async (authorization) => {
      expect(await reason(authorization)).toBe('proof-missing')
    },
  )

  it.each(['Bearer abc', 'Bearer a.b.c', 'Bearer ..', `Bearer ${'a'.repeat(10_000)}.b.c`])(
    'refuses %s, which is no token',
    async (authorization) => {
      expect(await reason(authorization)).toBe('proof-wrong')
    },
  )

  it('asks for no keys for a token that is not even written for this hook', async () => {
    asked = 0
    await reason(`Bearer ${await token({ aud: 'https://other' }, stranger)}`)
    await reason(`Bearer ${await token({ email: 'x@y.example' }, stranger)}`)

    expect(asked).toBe(0)
  })

  it('asks to come again when the keys are not to be had', async () => {
    const keyless = googleOidc({
      header: 'authorization',
      audience,
      serviceAccount,
      keys: () => Promise.reject(new KeysUnavailable()),
    })

    expect(await reason(`Bearer ${await token()}`, second * 1_000, keyless)).toBe('proof-unavailable')
    expect(await reason(`Bearer ${await token({ aud: 'x' })}`, second * 1_000, keyless)).toBe('proof-wrong')
  })
})
