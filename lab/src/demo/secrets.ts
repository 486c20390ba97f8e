import { createHash, randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** A secret and the file that holds it, readable by its owner alone. */
export interface SecretFile {
  readonly file: string
  readonly value: string
}

export interface DemoSecrets {
  /** What the registry proves to ingest. */
  readonly hook: SecretFile
  readonly registryUser: string
  readonly registryPassword: SecretFile
  /** For the console; only its hash is on disk. */
  readonly token: string
  readonly tokenHash: SecretFile
}

/** Makes fresh secrets, each in a file of its own. */
export async function makeSecrets(folder: string): Promise<DemoSecrets> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const keep = async (name: string, value: string): Promise<SecretFile> => {
    const file = join(folder, name)
    await writeFile(file, `${value}\n`, { mode: 0o600 })
    return { file, value }
  }
  const token = random()
  return {
    hook: await keep('registry-hook', random()),
    registryUser: 'shop',
    registryPassword: await keep('shop-registry-password', random()),
    token,
    tokenHash: await keep('demo.hash', `sha256:${createHash('sha256').update(token).digest('hex')}`),
  }
}

function random(): string {
  return randomBytes(24).toString('base64url')
}
