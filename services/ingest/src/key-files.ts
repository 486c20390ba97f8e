import { readFile } from 'node:fs/promises'
import { type Config, SlipwayError } from '@slipway/core'

/**
 * Refuses to start with a key set in a file that is none. It is read again while ingest runs, so a later mistake in it is
 * a 503 and no end.
 * @throws SlipwayError SECRET_UNAVAILABLE naming all of them
 */
export async function requireKeyFiles(hooks: Config['hooks']): Promise<void> {
  const looked = Object.entries(hooks).map(async ([name, { jwks }]) => {
    if (!jwks || !('file' in jwks)) return []
    return (await isKeySet(jwks.file))
      ? []
      : [`  hooks.${name}.jwks.file: ${jwks.file} holds no key set (JWKS)`]
  })
  const mistakes = (await Promise.all(looked)).flat()
  if (mistakes.length > 0) {
    throw new SlipwayError('SECRET_UNAVAILABLE', `Files with keys cannot be used:\n${mistakes.join('\n')}`)
  }
}

async function isKeySet(file: string): Promise<boolean> {
  try {
    const value: unknown = JSON.parse(await readFile(file, 'utf8'))
    return typeof value === 'object' && value !== null && 'keys' in value && Array.isArray(value.keys)
  } catch {
    return false
  }
}
