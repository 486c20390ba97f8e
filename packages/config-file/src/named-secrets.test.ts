import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Config, parseConfig } from '@slipway/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { passwordsOf, readRedisSecrets } from './named-secrets.ts'

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
