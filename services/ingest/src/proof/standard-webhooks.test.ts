import { createHmac, generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import { Webhook } from 'standardwebhooks'
import { describe, expect, it } from 'vitest'
import type { ProofVerdict } from './proof.ts'
import { standardWebhooks } from './standard-webhooks.ts'

const key = `whsec_${randomBytes(32).toString('base64')}`
const other = `whsec_${randomBytes(24).toString('base64')}`
const now = 1_794_990_600_000
const time = String(now / 1_000)
const body = Buffer.from('{"type":"image.pushed","data":{"tag":"订单"}}')

/** Signed by the library that belongs to the specification. */
function signed(secret = key, at = time): string {
  return new Webhook(secret).sign('msg_1', new Date(Number(at) * 1_000), body)
}

function check(
  headers: Record<string, string>,
  more: { secrets?: string[]; now?: number; header?: string } = {},
) {
  const prove = standardWebhooks(more.header, more.secrets ?? [key])
  const evidence = { 'webhook-id': 'msg_1', 'webhook-timestamp': time, ...headers }
  return prove({ token: null, headers: evidence, body, now: more.now ?? now }) as ProofVerdict
}

function reasonOf(verdict: ProofVerdict): string {
  return verdict.ok ? 'ok' : verdict.reason
}

describe('standard-webhooks', () => {
  it('takes what the library signs, with each active key', () => {
    expect(check({ 'webhook-signature': signed() }).ok).toBe(true)
    expect(check({ 'webhook-signature': signed(other) }, { secrets: [key, other] }).ok).toBe(true)
    expect(reasonOf(check({ 'webhook-signature': signed(other) }))).toBe('proof-wrong')
  })

  it('wants one of several signatures, and passes over versions that it does not know', () => {
    const many = `v1,AAAA v2,${signed().slice(3)} v9 ${signed(other)} ${signed()}`

    expect(check({ 'webhook-signature': many }).ok).toBe(true)
    expect(reasonOf(check({ 'webhook-signature': `v2,${signed().slice(3)}` }))).toBe('proof-wrong')
    expect(reasonOf(check({ 'webhook-signature': signed().slice(3) }))).toBe('proof-wrong')
  })

  it.each([
    [-300, 'ok'],
    [-301, 'proof-stale'],
    [300, 'ok'],
    [301, 'proof-stale'],
  ])('takes a time %i seconds from now for: %s', (seconds, expected) => {
    const verdict = check({ 'webhook-signature': signed() }, { now: now - seconds * 1_000 })

    expect(reasonOf(verdict)).toBe(expected)
  })

  it.each([
    ['id', { 'webhook-id': 'msg_2' }],
    ['time', { 'webhook-timestamp': String(Number(time) + 1) }],
    ['form of the time', { 'webhook-timestamp': `${time}.0` }],
    ['sign of the time', { 'webhook-timestamp': `+${time}` }],
  ])('covers the %s', (_what, headers) => {
    expect(reasonOf(check({ 'webhook-signature': signed(), ...headers }))).toBe('proof-wrong')
  })

  it('does not take a signed text that is no time for one', () => {
    const strange = '1e9'
    const own = createHmac('sha256', Buffer.from(key.slice(6), 'base64'))
    const signature = `v1,${own.update(`msg_1.${strange}.`).update(body).digest('base64')}`

    expect(reasonOf(check({ 'webhook-signature': signature, 'webhook-timestamp': strange }))).toBe(
      'proof-stale',
    )
  })

  it.each(['webhook-id', 'webhook-timestamp', 'webhook-signature'])('misses the header %s', (name) => {
    expect(reasonOf(check({ 'webhook-signature': signed(), [name]: '' }))).toBe('proof-missing')
  })

  it('looks at the first sixteen signatures', () => {
    const wrong = (count: number) => Array.from({ length: count }, () => 'v1,AAAA').join(' ')

    expect(check({ 'webhook-signature': `${wrong(15)} ${signed()}` }).ok).toBe(true)
    expect(check({ 'webhook-signature': `${wrong(16)} ${signed()}` }).ok).toBe(false)
  })

  it('finds the id and the time beside a signature of another name', () => {
    const headers = { 'svix-id': 'msg_1', 'svix-timestamp': time, 'svix-signature': signed() }

    expect(check(headers, { header: 'Svix-Signature' }).ok).toBe(true)
  })

  it('takes an asymmetric signature with the public key of the sender', () => {
    const pair = generateKeyPairSync('ed25519')
    const raw = pair.publicKey.export({ format: 'der', type: 'spki' }).subarray(-32)
    const secrets = [`whpk_${raw.toString('base64')}`]
    const text = Buffer.concat([Buffer.from(`msg_1.${time}.`), body])
    const signature = `v1a,${sign(null, text, pair.privateKey).toString('base64')}`
    const stranger = `v1a,${sign(null, text, generateKeyPairSync('ed25519').privateKey).toString('base64')}`

    expect(check({ 'webhook-signature': `${stranger} ${signature}` }, { secrets }).ok).toBe(true)
    expect(reasonOf(check({ 'webhook-signature': stranger }, { secrets }))).toBe('proof-wrong')
    expect(reasonOf(check({ 'webhook-signature': 'v1a,AAAA' }, { secrets }))).toBe('proof-wrong')
    expect(reasonOf(check({ 'webhook-signature': `v1,${signature.slice(4)}` }, { secrets }))).toBe(
      'proof-wrong',
    )
    expect(reasonOf(check({ 'webhook-signature': signature }))).toBe('proof-wrong')
  })

  it('opens nothing with a key of no known form', () => {
    expect(check({ 'webhook-signature': signed() }, { secrets: [key.slice(6)] }).ok).toBe(false)
  })
})
