import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Config, parseConfig } from '@slipway/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { passwordsOf, readHookSecrets, readRedisSecrets } from './named-secrets.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-secrets-'))
  await Promise.all([makePair('a'), makePair('b'), writeFile(at('text'), 'no certificate')])
})
afterAll(() => rm(folder, { recursive: true }))

function at(name: string): string {
  return join(folder, name)
}

async function makePair(name: string): Promise<void> {
  await promisify(execFile)('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
    ...['-days', '2', '-subj', `/CN=${name}`, '-keyout', at(`${name}.key`), '-out', at(`${name}.pem`)],
  ])
}

function configOf(redis: object): Config {
  const parsed = parseConfig({ redis })
  return parsed.ok ? parsed.config : expect.fail(JSON.stringify(parsed.mistakes))
}

describe('readRedisSecrets', () => {
  it('finds nothing where nothing is named', async () => {
    const nothing = { password: undefined, sentinelPassword: undefined, tls: undefined }

    expect(await readRedisSecrets({ redis: undefined }, {})).toEqual(nothing)
    expect(await readRedisSecrets(configOf({ url: 'redis://a' }), {})).toEqual(nothing)
  })

  it('reads the passwords and the files for TLS', async () => {
    const config = configOf({
      sentinel: { name: 'main', nodes: ['a:26379'], password: { env: 'SENTINEL' } },
      password: { env: 'REDIS' },
      tls: { ca: at('a.pem'), cert: at('b.pem'), key: at('b.key') },
    })

    const secrets = await readRedisSecrets(config, { REDIS: 'one', SENTINEL: 'two' })

    const text = async (name: string) => (await readFile(at(name), 'utf8')).trimEnd()
    expect(secrets).toEqual({
      password: 'one',
      sentinelPassword: 'two',
      tls: { ca: await text('a.pem'), cert: await text('b.pem'), key: await text('b.key') },
    })
    expect(passwordsOf(secrets)).toEqual(['one', 'two'])
  })

  it('names everything that cannot be read at once', async () => {
    const config = configOf({
      sentinel: { name: 'main', nodes: ['a:26379'], password: { env: 'SENTINEL' } },
      password: { env: 'REDIS' },
      tls: { ca: at('nowhere.pem') },
    })

    await expect(readRedisSecrets(config, {})).rejects.toMatchObject({
      code: 'SECRET_UNAVAILABLE',
      message: [
        'Secrets cannot be read:',
        '  redis.password: the environment variable REDIS is not there or cannot be read',
        '  redis.sentinel.password: the environment variable SENTINEL is not there or cannot be read',
        `  redis.tls.ca: the file ${at('nowhere.pem')} is not there or cannot be read`,
      ].join('\n'),
    })
  })

  it.each([
    ['a CA that is none', { ca: 'text' }, /redis\.tls\.ca: .+PEM/],
    ['a certificate that is none', { cert: 'text', key: 'b.key' }, /redis\.tls\.cert: .+PEM/],
    ['a key that is none', { cert: 'b.pem', key: 'text' }, /redis\.tls\.key: /],
    ['the key of another certificate', { cert: 'b.pem', key: 'a.key' }, /redis\.tls\.key: .+mismatch/],
  ])('refuses %s', async (_, files, message) => {
    const tls = Object.fromEntries(Object.entries(files).map(([name, file]) => [name, at(file)]))

    await expect(readRedisSecrets(configOf({ url: 'rediss://a', tls }), {})).rejects.toThrow(message)
  })
})

describe('readHookSecrets', () => {
  const bytes = (count: number) => Buffer.alloc(count, 7).toString('base64')
  const publicKey = `whpk_${bytes(32)}`

  function hooksOf(hooks: object): Config['hooks'] {
    const parsed = parseConfig({ hooks })
    return parsed.ok ? parsed.config.hooks : expect.fail(JSON.stringify(parsed.mistakes))
  }

  const standard = (secret: object) => hooksOf({ main: { source: 'standard-webhooks', secret } })

  it('reads no secret for a hook that has none', async () => {
    const google = { source: 'gar', audience: 'https://a', service_account: 'a@b.example' }

    expect(await readHookSecrets(hooksOf({ google }), {})).toEqual(new Map())
  })

  it.each([`whsec_${bytes(24)}`, `whsec_${bytes(32)}`, `whsec_${bytes(64)}`, publicKey])(
    'takes %s for a key of Standard Webhooks',
    async (key) => {
      expect(await readHookSecrets(standard({ env: 'KEY' }), { KEY: key })).toEqual(
        new Map([['main', [key]]]),
      )
    },
  )

  it.each([
    ['without its prefix', bytes(32)],
    ['that is too short', `whsec_${bytes(23)}`],
    ['that is too long', `whsec_${bytes(65)}`],
    ['that is no base64', `whsec_${'!'.repeat(44)}`],
    ['that was cut', `whsec_${bytes(32).slice(0, -1)}`],
    ['in the base64 of URLs', `whsec_${'-_'.repeat(22)}`],
    ['that is a public one of another size', `whpk_${bytes(31)}`],
    ['with a space behind it', `whsec_${bytes(32)} `],
  ])('refuses a key %s, and says which form it has', async (_what, key) => {
    const reading = readHookSecrets(standard([{ env: 'GOOD' }, { env: 'KEY' }]), {
      GOOD: publicKey,
      KEY: key,
    })

    await expect(reading).rejects.toMatchObject({
      code: 'SECRET_UNAVAILABLE',
      message: [
        'Secrets cannot be used:',
        '  hooks.main.secret[1]: the environment variable KEY is no key of Standard Webhooks: write "whsec_" and the base64 of 24 to 64 bytes, or "whpk_" and the base64 of the 32 bytes of an ed25519 key',
      ].join('\n'),
    })
  })

  it('has nothing to do with the private key of a sender', async () => {
    const reading = readHookSecrets(standard({ env: 'KEY' }), { KEY: `whsk_${bytes(64)}` })

    await expect(reading).rejects.toThrow('holds the private key of the sender ("whsk_")')
  })

  it('looks for that form wherever that proof is asked for, and nowhere else', async () => {
    const auth = { type: 'standard-webhooks' }
    const image = 'registry.example.com/acme/shop'
    const hooks = hooksOf({ a: { source: 'gitlab', image, auth, secret: { env: 'KEY' } } })
    const plain = hooksOf({ a: { source: 'gitlab', image, secret: { env: 'KEY' } } })
    const environment = { KEY: 'a-plain-secret-of-many-letters' }

    await expect(readHookSecrets(hooks, environment)).rejects.toMatchObject({ code: 'SECRET_UNAVAILABLE' })
    expect((await readHookSecrets(plain, environment)).size).toBe(1)
  })
})
