import { describe, expect, it } from 'vitest'
import { currentTarget, isReleaseName, layoutOf, releaseName, temporaryPrefix } from './layout.ts'

const digest = `sha256:0123456789ab${'cd'.repeat(26)}`

describe('releaseName', () => {
  it('says the seq, the digest and something random', () => {
    expect(releaseName(1_795_000_000_000_000, digest, 'x9z0')).toBe('1795000000000000-0123456789ab-x9z0')
  })

  it('makes names that isReleaseName knows', () => {
    expect(isReleaseName(releaseName(1, digest, 'ab12'))).toBe(true)
    expect(isReleaseName(releaseName(Number.MAX_SAFE_INTEGER, digest, 'ab12'))).toBe(true)
  })

  it('sorts by age for as long as microseconds have as many digits', () => {
    const seqs = [1_795_000_000_000_001, 1_795_000_000_000_000, 1_894_999_999_999_999]
    const names = seqs.map((seq) => releaseName(seq, digest, 'ab12')).toSorted()

    expect(names.map((name) => Number(name.split('-')[0]))).toEqual(seqs.toSorted())
  })
})

describe('isReleaseName', () => {
  it.each([
    '.tmp-1-0123456789ab-ab12',
    '1-0123456789ab-ab12/..',
    '../1-0123456789ab-ab12',
    '1-0123456789AB-ab12',
    '1-0123456789ab',
    '1-0123456789ab-ab12\n',
    'current',
    '',
  ])('refuses %j', (text) => {
    expect(isReleaseName(text)).toBe(false)
  })
})

describe('layoutOf', () => {
  it('puts everything below the root', () => {
    const { root, ...places } = layoutOf('/srv/shop')

    expect(root).toBe('/srv/shop')
    for (const place of Object.values(places)) expect(place.startsWith('/srv/shop/')).toBe(true)
    expect(new Set(Object.values(places)).size).toBe(Object.keys(places).length)
  })

  it('points current at a release by a relative path', () => {
    expect(currentTarget({ name: '1-0123456789ab-ab12' })).toBe('releases/1-0123456789ab-ab12')
  })

  it('never takes unfinished work for a release', () => {
    expect(isReleaseName(`${temporaryPrefix}1-0123456789ab-ab12`)).toBe(false)
  })
})
