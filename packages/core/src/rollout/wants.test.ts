import { describe, expect, it } from 'vitest'
import { parseConfig } from '../config/parse.ts'
import { rollbacksOf, wantsOf } from './wants.ts'

function project(change: object) {
  const shop = {
    image: 'registry.example.com/acme/shop',
    source: { path: '/app' },
    release: { root: '/srv/shop' },
  }
  const parsed = parseConfig({ projects: { shop: { ...shop, ...change } } })
  const found = parsed.ok ? parsed.config.projects.shop : undefined
  return found ?? expect.fail('the project has mistakes')
}

const image = 'registry.example.com/acme/shop'
const reference = { tag: 'latest', digest: null }

describe('wantsOf', () => {
  it('makes one want, and no fleet, of a project on one host', () => {
    expect(wantsOf('shop', project({ hosts: ['web1'] }), reference)).toEqual([
      { project: 'shop', host: 'web1', image, tag: 'latest', digest: null },
    ])
  })

  it('makes one want for each host, in their order, that share the policy of the project', () => {
    const shop = project({
      hosts: ['web2', 'web1'],
      rollout: { order: 'rolling', max_failures: 1, on_failure: 'roll_back' },
    })
    const fleet = { home: 'web2', policy: { order: 'rolling', maxFailures: 1, onFailure: 'roll_back' } }

    expect(wantsOf('shop', shop, reference)).toEqual([
      { project: 'shop', host: 'web2', image, tag: 'latest', digest: null, fleet },
      { project: 'shop', host: 'web1', image, tag: 'latest', digest: null, fleet },
    ])
  })

  it('keeps the home of the fleet when only some of its hosts are wanted', () => {
    const shop = project({ hosts: ['web1', 'web2', 'web3'] })

    const wants = wantsOf('shop', shop, { ...reference, force: true }, ['web3'])

    expect(wants).toMatchObject([{ host: 'web3', force: true, fleet: { home: 'web1' } }])
  })
})

describe('rollbacksOf', () => {
  it('names no image, so that a worker that does not know rollbacks deploys none', () => {
    const back = { release: null, digest: `sha256:${'ab'.repeat(32)}` }

    expect(rollbacksOf('shop', project({ hosts: ['web1'] }), back)).toEqual([
      { project: 'shop', host: 'web1', image, tag: null, digest: null, back },
    ])
  })
})
