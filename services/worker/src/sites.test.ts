import { type Config, parseConfig } from '@slipway/core'
import { describe, expect, it } from 'vitest'
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
