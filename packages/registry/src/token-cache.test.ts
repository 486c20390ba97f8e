import { beforeEach, describe, expect, it } from 'vitest'
import { createTokenCache, type TokenOwner } from './token-cache.ts'

const owner: TokenOwner = {
  origin: 'https://registry.example.com',
  repository: 'acme/shop',
  credentials: { username: 'acme', password: 'word' },
}
let now = 0
const clock = { now: () => now }

beforeEach(() => {
  now = 1_000_000
})

describe('createTokenCache', () => {
  it('gives a token back until shortly before it expires', () => {
    const cache = createTokenCache(clock)
    cache.set(owner, 'T', 60_000)

    now += 54_999
    const before = cache.get(owner)
    now += 1
    const after = cache.get(owner)

    expect([before, after]).toEqual(['T', null])
  })

  it('keeps no token for longer than an hour, whatever the service says', () => {
    const cache = createTokenCache(clock)
    cache.set(owner, 'T', Number.MAX_VALUE)

    now += 3_600_000

    expect(cache.get(owner)).toBeNull()
  })

  it('does not keep a token that is about to expire', () => {
    const cache = createTokenCache(clock)

    cache.set(owner, 'T', 1_000)

    expect(cache.get(owner)).toBeNull()
  })

  it.each<[string, Partial<TokenOwner>]>([
    ['another registry', { origin: 'https://registry.example.net' }],
    ['another port', { origin: 'https://registry.example.com:8443' }],
    ['another repository', { repository: 'acme/blog' }],
    ['another user', { credentials: { username: 'other', password: 'word' } }],
    ['another password', { credentials: { username: 'acme', password: 'other' } }],
    ['a user and password divided elsewhere', { credentials: { username: 'acmew', password: 'ord' } }],
    ['nobody', { credentials: null }],
  ])('gives nothing to %s', (_who, difference) => {
    const cache = createTokenCache(clock)
    cache.set(owner, 'T', 60_000)

    expect(cache.get({ ...owner, ...difference })).toBeNull()
  })
})
