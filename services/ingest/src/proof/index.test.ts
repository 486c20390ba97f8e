import { type AuthType, authTypes } from '@slipway/core'
import { describe, expect, it } from 'vitest'
import { createProof, type ProofParts } from './index.ts'

const secrets = ['a-secret-of-some-length']
const parts: Readonly<Record<AuthType, ProofParts>> = {
  'url-secret': { auth: { type: 'url-secret' }, secrets },
  'static-header': { auth: { type: 'static-header', header: 'x-token' }, secrets },
  'hmac-sha256-hex': { auth: { type: 'hmac-sha256-hex', header: 'x-signature' }, secrets },
  'hmac-sha1-hex': { auth: { type: 'hmac-sha1-hex', header: 'x-signature' }, secrets },
  'standard-webhooks': { auth: { type: 'standard-webhooks' }, secrets },
  'google-oidc': {
    auth: { type: 'google-oidc' },
    secrets: [],
    hook: { audience: 'https://a', service_account: 'a@b.example' },
  },
}

describe('createProof', () => {
  it.each(authTypes)('can check %s', (type) => {
    expect(createProof(parts[type])).not.toBeNull()
  })

  it.each(authTypes.filter((type) => type !== 'google-oidc'))(
    'makes no check of %s without a secret',
    (type) => {
      expect(createProof({ ...parts[type], secrets: [] })).toBeNull()
    },
  )

  it.each([undefined, { audience: 'https://a' }, { service_account: 'a@b.example' }])(
    'makes no check of a token without knowing whose it must be: %j',
    (hook) => {
      const { auth } = parts['google-oidc']

      expect(createProof({ auth, secrets: [], ...(hook ? { hook } : {}) })).toBeNull()
    },
  )

  it.each(authTypes)('refuses a call of %s that shows nothing', async (type) => {
    const proof = createProof(parts[type])

    const verdict = await proof?.prove({ token: null, headers: {}, body: new Uint8Array(), now: 0 })

    expect(verdict).toMatchObject({ ok: false, reason: 'proof-missing' })
  })

  it('has work of its kind that proves nothing, for each secret', async () => {
    const works = authTypes.map((type) => createProof(parts[type])?.work)
    const call = {
      token: secrets[0] ?? '',
      headers: { 'x-token': secrets[0] },
      body: new Uint8Array(),
      now: 0,
    }

    expect(new Set(works.map((work) => work?.kind)).size).toBe(authTypes.length)
    expect(works.at(-1)).toBeNull()
    for (const work of works.slice(0, -1)) expect(await work?.once(call)).toMatchObject({ ok: false })
    const rotating = createProof({ ...parts['hmac-sha1-hex'], secrets: ['a', 'b'] })
    expect(rotating?.work).toMatchObject({ kind: works[3]?.kind, times: 2 })
  })
})
