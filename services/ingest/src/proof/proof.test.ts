import type { HookAuth } from '@slipway/core'
import { describe, expect, it } from 'vitest'
import { createCompare } from './compare.ts'
import { createProof } from './index.ts'
import type { Evidence, ProofVerdict } from './proof.ts'

const call: Evidence = { token: null, headers: {}, body: new Uint8Array(), now: 0 }
const secrets = ['first-secret-0123', 'second-secret-4567']

// These two need nothing from elsewhere, so they answer without a promise, which is part of what is tested.
function atOnce(auth: HookAuth, known: readonly string[]): (evidence: Evidence) => ProofVerdict {
  const proof = createProof({ auth, secrets: known })
  return (evidence) => {
    const verdict = proof?.prove(evidence)
    if (!verdict || verdict instanceof Promise) throw new Error('there is no answer at once')
    return verdict
  }
}

describe('createCompare', () => {
  it('knows each of several texts', () => {
    const compare = createCompare(secrets)

    expect(secrets.map(compare)).toEqual([true, true])
  })

  it.each([
    undefined,
    '',
    'first-secret-0124',
    'first-secret-012',
    'first-secret-01234',
    'FIRST-SECRET-0123',
  ])('does not take %j for one of them', (presented) => {
    expect(createCompare(secrets)(presented)).toBe(false)
  })

  it('never takes nothing for something', () => {
    expect(createCompare([''])(undefined)).toBe(false)
    expect(createCompare([])('')).toBe(false)
  })
})

describe('a secret in the URL', () => {
  const proof = atOnce({ type: 'url-secret' }, secrets)

  it('proves the sender with any of the active secrets', () => {
    expect(secrets.map((token) => proof({ ...call, token }).ok)).toEqual([true, true])
  })

  it('says to the operator whether the token is missing or wrong', () => {
    expect(proof(call)).toEqual({ ok: false, reason: 'proof-missing', why: 'the URL carries no token' })
    expect(proof({ ...call, token: 'x' })).toEqual({
      ok: false,
      reason: 'proof-wrong',
      why: 'the token in the URL is not the secret of this hook',
    })
  })
})

describe('a secret in a header', () => {
  it('is the whole value when no prefix is set', () => {
    const proof = atOnce({ type: 'static-header', header: 'Authorization' }, ['Bearer 0123456789'])

    expect(proof({ ...call, headers: { authorization: 'Bearer 0123456789' } }).ok).toBe(true)
    expect(proof({ ...call, headers: { authorization: '0123456789' } }).ok).toBe(false)
    expect(proof(call).ok).toBe(false)
  })

  it('stands behind the prefix that is set', () => {
    const proof = atOnce({ type: 'static-header', header: 'X-Token', prefix: 'key ' }, secrets)

    expect(proof({ ...call, headers: { 'x-token': 'key second-secret-4567' } }).ok).toBe(true)
    expect(proof({ ...call, headers: { 'x-token': 'second-secret-4567' } }).ok).toBe(false)
  })

  it('is not taken from the URL', () => {
    const proof = atOnce({ type: 'static-header', header: 'X-Token' }, secrets)

    expect(proof({ ...call, token: 'first-secret-0123' }).ok).toBe(false)
  })
})
