import { createHmac, createPublicKey, type KeyObject, timingSafeEqual, verify } from 'node:crypto'
import { type Evidence, type Proof, proven, refused } from './proof.ts'

/** Seconds that the time of a call may differ from the clock, either way. */
const tolerance = 300
/** Signatures of one call that are looked at; a sender that rotates sends two. */
const mostSignatures = 16
const defaultHeader = 'webhook-signature'
/** What stands before the 32 bytes of an ed25519 key in its DER form (RFC 8410). */
const ed25519Header = Buffer.from('302a300506032b6570032100', 'hex')

interface Keys {
  readonly shared: readonly Buffer[]
  readonly public: readonly KeyObject[]
}

/**
 * The scheme of standardwebhooks.com: `v1` is HMAC-SHA256 with keys `whsec_…`, `v1a` is ed25519 with keys `whpk_…`; other
 * versions are passed over. The library of that name is the oracle of the tests and not the check: it takes the time
 * from nowhere but the machine, turns the body into text first, and hashes a megabyte in eight milliseconds, which whoever
 * has no secret may ask for.
 * @param header that of the signature; its companions are named alike: `x-signature` goes with `x-id` and `x-timestamp`
 */
export function standardWebhooks(header: string | undefined, secrets: readonly string[]): Proof {
  const name = (header ?? defaultHeader).toLowerCase()
  const base = name.endsWith('-signature') ? name.slice(0, -'-signature'.length) : 'webhook'
  const keys = { shared: secrets.flatMap(sharedKey), public: secrets.flatMap(publicKey) }
  const missing = refused('proof-missing', `the call has no id, time or signature in the headers "${base}-…"`)
  const wrong = refused('proof-wrong', `no signature in the header "${name}" is of a secret of this hook`)
  const stale = refused('proof-stale', `the time of the call is more than ${tolerance} seconds away from now`)

  return (evidence) => {
    const id = evidence.headers[`${base}-id`] ?? ''
    const time = evidence.headers[`${base}-timestamp`] ?? ''
    const signatures = evidence.headers[name] ?? ''
    const isSigned = fits(keys, `${id}.${time}.`, evidence.body, signatures)
    if (!id || !time || !signatures) return missing
    if (!isSigned) return wrong
    return isRecent(time, evidence) ? proven : stale
  }
}

function fits(keys: Keys, head: string, body: Uint8Array, signatures: string): boolean {
  const entries = signatures.split(' ', mostSignatures)
  let fit = false
  for (const key of keys.shared) {
    const own = Buffer.from(`v1,${createHmac('sha256', key).update(head).update(body).digest('base64')}`)
    for (const entry of entries) fit = isEqual(own, Buffer.from(entry)) || fit
  }
  if (keys.public.length === 0) return fit
  const signed = Buffer.concat([Buffer.from(head), body])
  for (const entry of entries) {
    if (!entry.startsWith('v1a,')) continue
    const signature = Buffer.from(entry.slice('v1a,'.length), 'base64')
    for (const key of keys.public) fit = verify(null, signed, key, signature) || fit
  }
  return fit
}

function isEqual(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b)
}

function isRecent(time: string, { now }: Evidence): boolean {
  return /^[0-9]{1,12}$/.test(time) && Math.abs(Math.floor(now / 1_000) - Number(time)) <= tolerance
}

// The form of keys is checked when they are read (`config-file`); one that fits neither opens nothing.
function sharedKey(secret: string): Buffer[] {
  return secret.startsWith('whsec_') ? [Buffer.from(secret.slice('whsec_'.length), 'base64')] : []
}

function publicKey(secret: string): KeyObject[] {
  if (!secret.startsWith('whpk_')) return []
  const key = Buffer.concat([ed25519Header, Buffer.from(secret.slice('whpk_'.length), 'base64')])
  return [createPublicKey({ key, format: 'der', type: 'spki' })]
}
