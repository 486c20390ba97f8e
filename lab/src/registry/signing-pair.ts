import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from '../command.ts'

/** A private key and the certificate of its public half, both PEM. */
export interface SigningPair {
  readonly privateKey: string
  readonly certificate: string
}

/** A pair that lives as long as a test: signed by itself, good for two days. */
export async function makeSigningPair(): Promise<SigningPair> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-signing-'))
  try {
    const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')]
    await run('openssl', [
      ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=slipway-lab'],
      ...['-keyout', key, '-out', certificate],
    ])
    return { privateKey: await readFile(key, 'utf8'), certificate: await readFile(certificate, 'utf8') }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
