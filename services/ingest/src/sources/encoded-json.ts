import { type ReadJson, readJson } from '../read-json.ts'

/** JSON that stands inside of a body as base64, held to the same strict rules as the body. */
export function readEncodedJson(base64: string): ReadJson {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(base64)) return { ok: false, why: 'the text is not base64' }
  return readJson(Buffer.from(base64, 'base64'))
}
