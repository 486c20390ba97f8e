import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Config, parseConfig } from '@slipway/core'
import { describe, expect, it, onTestFinished } from 'vitest'
import { calm, failureOf } from '../test/failure.ts'
import { loadSites } from './sites.ts'

function projectOn(name: string, more: object = {}): object {
  return {
    image: `registry.example.com/acme/${name}`,
    source: { path: '/app' },
    release: { root: `/srv/${name}` },
    ...more,
  }
}

function configOf(projects: Readonly<Record<string, object>>): Config {
  const credentials = {
    acme: { username: 'acme', password: { env: 'ACME_PASSWORD' } },
    beta: { username: 'beta', password: { env: 'BETA_PASSWORD' } },
    robot: { token: { env: 'ROBOT_TOKEN' } },
    cloud: { username: 'temp', command: ['/bin/echo', 'printed-password'] },
  }
  const result = parseConfig({ credentials, projects })
  if (!result.ok) throw new Error(JSON.stringify(result.mistakes))
  return result.config
}

describe('the sites of a host', () => {
  it('are those that name the host', async () => {
    const config = configOf({
      shop: projectOn('shop', { hosts: ['web1', 'web2'] }),
      blog: projectOn('blog', { hosts: ['web2'] }),
      docs: projectOn('docs'),
    })

    expect([...(await loadSites(config, 'web2', {})).keys()]).toEqual(['shop', 'blog'])
    expect([...(await loadSites(config, 'local', {})).keys()]).toEqual(['docs'])
    expect([...(await loadSites(config, 'web9', {})).keys()]).toEqual([])
  })

  it('have their own credentials, and no others when they name none', async () => {
    const config = configOf({
      shop: projectOn('shop', { credentials: 'acme' }),
      blog: projectOn('blog', { credentials: 'beta' }),
      docs: projectOn('docs'),
    })

    const sites = await loadSites(config, 'local', { ACME_PASSWORD: 'of-acme', BETA_PASSWORD: 'of-beta' })

    const read = [...sites].map(
      async ([name, { credentials }]) => [name, await credentials.read(calm)] as const,
    )
    expect(Object.fromEntries(await Promise.all(read))).toEqual({
      shop: { username: 'acme', password: 'of-acme' },
      blog: { username: 'beta', password: 'of-beta' },
      docs: null,
    })
  })

  it('have tokens, or what a command prints, as their credentials', async () => {
    const config = configOf({
      shop: projectOn('shop', { credentials: 'robot' }),
      blog: projectOn('blog', { credentials: 'cloud' }),
    })

    const sites = await loadSites(config, 'local', { ROBOT_TOKEN: 'of-the-robot' })

    expect(await sites.get('shop')?.credentials.read(calm)).toEqual({ token: 'of-the-robot' })
    expect(await sites.get('blog')?.credentials.read(calm)).toEqual({
      username: 'temp',
      password: 'printed-password',
    })
  })

  it('have the keys that they trust', async () => {
    const { pem, path } = await keyFile()
    const trusting = { trust: { cosign: { key: [path] } } }
    const config = configOf({ shop: projectOn('shop', trusting), blog: projectOn('blog') })

    const sites = await loadSites(config, 'local', {})

    expect([...sites].map(([name, { trustedKeys }]) => [name, trustedKeys])).toEqual([
      ['shop', [pem]],
      ['blog', []],
    ])
  })

  it('are not loaded with a key that is none, which is named with the passwords that are missing', async () => {
    const { path, folder } = await keyFile()
    await writeFile(join(folder, 'private.pem'), privatePem())
    const key = ['private.pem', 'nowhere.pem'].map((name) => join(folder, name))
    const config = configOf({
      shop: projectOn('shop', { credentials: 'acme', trust: { cosign: { key: [path, ...key] } } }),
    })

    const error = await failureOf(loadSites(config, 'local', {}))

    expect(error.code).toBe('SECRET_UNAVAILABLE')
    expect(error.message).toContain('ACME_PASSWORD')
    expect(error.message).toContain(`projects.shop.trust.cosign.key[1]: ${key[0]}`)
    expect(error.message).toContain(`projects.shop.trust.cosign.key[2]: ${key[1]}`)
    expect(error.message).not.toContain('key[0]')
  })

  it('need the passwords of this host alone', async () => {
    const config = configOf({
      shop: projectOn('shop', { credentials: 'acme' }),
      blog: projectOn('blog', { credentials: 'beta', hosts: ['web2'] }),
    })

    expect((await loadSites(config, 'local', { ACME_PASSWORD: 'of-acme' })).size).toBe(1)
  })

  it('are not loaded without a password that they need, and it is named', async () => {
    const config = configOf({
      shop: projectOn('shop', { credentials: 'acme' }),
      blog: projectOn('blog', { credentials: 'beta' }),
    })

    const error = await failureOf(loadSites(config, 'local', { ACME_PASSWORD: '' }))

    expect(error.code).toBe('SECRET_UNAVAILABLE')
    expect(error.message).toContain('ACME_PASSWORD')
    expect(error.message).toContain('BETA_PASSWORD')
  })
})

async function keyFile() {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-keys-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const { publicKey } = generateKeyPairSync('ed25519')
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString()
  const path = join(folder, 'cosign.pub')
  await writeFile(path, pem)
  return { folder, path, pem: pem.trim() }
}

function privatePem(): string {
  const { privateKey } = generateKeyPairSync('ed25519')
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}
