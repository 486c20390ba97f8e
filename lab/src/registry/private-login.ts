import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RegistryUser } from '../registry.ts'

/** Gives a docker client configuration that knows this one login, for as long as the work takes. */
export async function withPrivateLogin<T>(
  reference: string,
  user: RegistryUser | undefined,
  work: (configFolder: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-login-'))
  try {
    const config = JSON.stringify(user ? { auths: { [registryOf(reference)]: { auth: encode(user) } } } : {})
    await writeFile(join(folder, 'config.json'), config, { mode: 0o600 })
    return await work(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function registryOf(reference: string): string {
  return reference.slice(0, reference.indexOf('/'))
}

function encode({ username, password }: RegistryUser): string {
  return Buffer.from(`${username}:${password}`).toString('base64')
}
