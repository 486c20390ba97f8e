import { readFile } from 'node:fs/promises'
import { pathToFileURL } from 'node:url'
import type { Hook } from '@slipway/core'
import { createRemoteJWKSet, customFetch, errors, type JWTVerifyGetKey } from 'jose'

/** The keys cannot be had now; they may be later. */
export class KeysUnavailable extends Error {}

/** Where Google publishes the keys that it signs tokens of service accounts with. */
const google = 'https://www.googleapis.com/oauth2/v3/certs'

export interface KeySetOptions {
  /** Milliseconds; shorter than any sender waits for the answer of a hook. */
  readonly timeoutDuration: number
  /** Milliseconds after a reading before an unknown key makes it read again. */
  readonly cooldownDuration: number
  /** Milliseconds after which it is read again in any case. */
  readonly cacheMaxAge: number
}

const defaults: KeySetOptions = { timeoutDuration: 3_000, cooldownDuration: 30_000, cacheMaxAge: 600_000 }

/**
 * Keys from an address or a file, kept and read again when a token names one that is not among them.
 * @throws (the function returned) KeysUnavailable, or an error of jose when no key fits
 */
export function createKeySet(from: Hook['jwks'], options: KeySetOptions = defaults): JWTVerifyGetKey {
  const isFile = from !== undefined && 'file' in from
  const find = isFile
    ? createRemoteJWKSet(pathToFileURL(from.file), { ...options, [customFetch]: () => readKeys(from.file) })
    : createRemoteJWKSet(new URL(from?.url ?? google), options)
  return async (header, token) => {
    try {
      return await find(header, token)
    } catch (cause) {
      if (isAboutTheToken(cause)) throw cause
      throw new KeysUnavailable('the key set cannot be read', { cause })
    }
  }
}

// One way of keeping and reading again for both: only the reading differs.
async function readKeys(file: string): Promise<Response> {
  return new Response(await readFile(file))
}

function isAboutTheToken(cause: unknown): boolean {
  return (
    cause instanceof errors.JWKSNoMatchingKey ||
    cause instanceof errors.JWKSMultipleMatchingKeys ||
    cause instanceof errors.JOSENotSupported
  )
}
