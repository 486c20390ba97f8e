/** What a key of the Standard Webhooks scheme looks like. */
const standardKeyForm =
  '"whsec_" and the base64 of 24 to 64 bytes, or "whpk_" and the base64 of the 32 bytes of an ed25519 key'

/** Why a text is no key of the Standard Webhooks scheme, without any of it; null when it is one. */
export function refuseStandardKey(text: string): string | null {
  if (text.startsWith('whsk_')) {
    return 'holds the private key of the sender ("whsk_"); name its public one ("whpk_"), and take the private one away'
  }
  const size = { whsec: decodedSize(text, 'whsec_'), whpk: decodedSize(text, 'whpk_') }
  const isKey = (size.whsec >= 24 && size.whsec <= 64) || size.whpk === 32
  return isKey ? null : `is no key of Standard Webhooks: write ${standardKeyForm}`
}

/** Bytes of the base64 behind a prefix; 0 when there is none. */
function decodedSize(text: string, prefix: string): number {
  const base64 = text.startsWith(prefix) ? text.slice(prefix.length) : ''
  if (base64.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return 0
  return (base64.length / 4) * 3 - (base64.length - base64.replace(/=+$/, '').length)
}
