import { describe, expect, it } from 'vitest'
import type { ManifestHead } from '../manifest/manifest.ts'
import { type Circumstances, hasVolumeAt, requireOrdinary, requireWorthwhile, sharedLayers } from './plan.ts'
import { Unfit } from './unfit.ts'

const head: ManifestHead = {
  version: 1,
  release: '1-aaaaaaaaaaaa-rand',
  deployment: 'd-1',
  at: 0,
  digest: 'sha256:1',
  sourcePath: '/var/www/app',
  layers: ['sha256:a', 'sha256:b'],
  owner: null,
  shared: [],
  writable: [],
}

const ordinary: Circumstances = {
  head,
  sourcePath: '/var/www/app',
  owner: null,
  next: [{ digest: 'sha256:a' }, { digest: 'sha256:c' }],
  volumes: ['/data'],
  shared: ['storage'],
  kept: ['storage'],
}

describe('the plan of a copy from layers', () => {
  it('takes what is ordinary', () => {
    expect(() => requireOrdinary(ordinary)).not.toThrow()
  })

  it.each<[string, Partial<Circumstances>]>([
    ['layers that nobody knows', { head: { ...head, layers: null } }],
    ['another folder of the image', { sourcePath: '/srv/app' }],
    ['another owner', { owner: { uid: 1000, gid: 1000 } }],
    ['images without a common layer', { next: [{ digest: 'sha256:c' }, { digest: 'sha256:b' }] }],
    ['a volume in the source', { volumes: ['/var/www/app/cache'] }],
    ['a shared path without content', { kept: [] }],
  ])('does not take %s', (_what, difference) => {
    expect(() => requireOrdinary({ ...ordinary, ...difference })).toThrow(Unfit)
  })

  it.each([
    [['a', 'b'], ['a', 'b'], 2],
    [['a', 'b'], ['a', 'c', 'b'], 1],
    [['a', 'b'], ['a'], 1],
    [['a'], ['a', 'b'], 1],
    [[], ['a'], 0],
  ])('counts what %j and %j share from the lowest layer up', (before, next, count) => {
    expect(
      sharedLayers(
        before,
        next.map((digest) => ({ digest })),
      ),
    ).toBe(count)
  })

  it.each([
    ['/var/www/app', true],
    ['/var/www/app/storage/', true],
    ['/var', true],
    ['/var/www/application', false],
    ['/data', false],
    ['/data/../var/www/app', true],
  ])('sees whether a volume at %s touches the source', (volume, isThere) => {
    expect(hasVolumeAt('/var/www/app', [volume])).toBe(isThere)
  })

  it('fetches up to half of the release before, and what is small in any case', () => {
    const entries = [{ kind: 'file', path: 'a', mode: 0o644, size: 100e6, sha256: '' } as const]

    expect(() => requireWorthwhile(50e6, () => entries)).not.toThrow()
    expect(() => requireWorthwhile(51e6, () => entries)).toThrow(Unfit)
    expect(() => requireWorthwhile(30e6, () => [])).not.toThrow()
  })
})
