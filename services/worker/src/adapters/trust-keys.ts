import { readFile } from 'node:fs/promises'
import { crypto } from '@sigstore/core'
import { type Project, SlipwayError } from '@slipway/core'

const largestKey = 16 * 1024

/**
 * The public keys that projects trust, as PEM, by name of the project.
 * @throws SlipwayError SECRET_UNAVAILABLE naming every file that is missing or holds no public key
 */
export async function readTrustKeys(
  projects: readonly (readonly [name: string, project: Project])[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const mistakes: string[] = []
  const keys = new Map<string, readonly string[]>()
  for (const [name, { trust }] of projects) {
    const own: string[] = []
    for (const [at, path] of (trust?.cosign.key ?? []).entries()) {
      const key = await readKey(path)
      if (key === null)
        mistakes.push(
          `  projects.${name}.trust.cosign.key[${at}]: ${path} is not there or holds no public key (PEM)`,
        )
      else own.push(key)
    }
    keys.set(name, own)
  }
  if (mistakes.length === 0) return keys
  throw new SlipwayError('SECRET_UNAVAILABLE', `Keys cannot be read:\n${mistakes.join('\n')}`)
}

/** The text of a file, when it is the PEM of a public key and of nothing else: a private one has no place here. */
async function readKey(path: string): Promise<string | null> {
  try {
    const text = (await readFile(path, 'utf8')).trim()
    if (text.length > largestKey || !text.startsWith(publicKeyHeader)) return null
    crypto.createPublicKey(text)
    return text
  } catch {
    return null
  }
}

const publicKeyHeader = '-----BEGIN PUBLIC KEY-----'
