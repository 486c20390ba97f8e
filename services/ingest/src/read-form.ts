/** Bytes with a meaning in a form. */
const byte = { and: 0x26, equals: 0x3d, plus: 0x2b, percent: 0x25, space: 0x20 }

/**
 * The value of one field of a form (application/x-www-form-urlencoded), as bytes; null when the field is not there once,
 * or when an escape is none. Strict, because what is left out or guessed here would be what a signature covers.
 */
export function unwrapForm(body: Uint8Array, field: string): Uint8Array | null {
  let found: Uint8Array | null = null
  for (const pair of split(body, byte.and)) {
    const at = pair.indexOf(byte.equals)
    const name = decode(at < 0 ? pair : pair.subarray(0, at))
    if (name === null) return null
    if (Buffer.from(name.buffer, name.byteOffset, name.length).toString('latin1') !== field) continue
    if (found !== null || at < 0) return null
    found = decode(pair.subarray(at + 1))
    if (found === null) return null
  }
  return found
}

function split(bytes: Uint8Array, at: number): Uint8Array[] {
  const parts: Uint8Array[] = []
  let from = 0
  for (let next = bytes.indexOf(at); next >= 0; next = bytes.indexOf(at, from)) {
    parts.push(bytes.subarray(from, next))
    from = next + 1
  }
  parts.push(bytes.subarray(from))
  return parts
}

function decode(bytes: Uint8Array): Uint8Array | null {
  const decoded = new Uint8Array(bytes.length)
  let length = 0
  for (let at = 0; at < bytes.length; at += 1) {
    let one = bytes[at] ?? 0
    if (one === byte.plus) one = byte.space
    else if (one === byte.percent) {
      const high = digit(bytes[at + 1])
      const low = digit(bytes[at + 2])
      if (high < 0 || low < 0) return null
      one = high * 16 + low
      at += 2
    }
    decoded[length] = one
    length += 1
  }
  return decoded.subarray(0, length)
}

function digit(code: number | undefined): number {
  if (code === undefined) return -1
  if (code >= 0x30 && code <= 0x39) return code - 0x30
  const lower = code | 0x20
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1
}
