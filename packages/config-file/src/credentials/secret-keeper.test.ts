import { describe, expect, it } from 'vitest'
import { createSecretKeeper } from './secret-keeper.ts'

describe('a keeper of secrets', () => {
  const world = { now: 0 }
  const clock = { now: () => world.now }

  it('hides what it learns later from texts that come later', () => {
    const keeper = createSecretKeeper(clock)
    const before = keeper.redact('first-secret second-secret')

    keeper.keep('first-secret')
    const between = keeper.redact('first-secret second-secret')
    keeper.keep('second-secret')

    expect([before, between, keeper.redact('first-secret second-secret')]).toEqual([
      'first-secret second-secret',
      '[redacted] second-secret',
      '[redacted] [redacted]',
    ])
  })

  it('drops what has run out an hour ago when something new comes, and nothing that stays', () => {
    world.now = 0
    const keeper = createSecretKeeper(clock)
    keeper.keep('for-ever')
    keeper.keep('short-lived', 1_000)
    world.now = 3_601_001

    keeper.keep('another-one', 9_000_000)

    expect(keeper.redact('for-ever short-lived another-one')).toBe('[redacted] short-lived [redacted]')
  })

  it('keeps what is learned again for longer', () => {
    world.now = 0
    const keeper = createSecretKeeper(clock)
    keeper.keep('short-lived', 1_000)
    keeper.keep('short-lived', 9_000_000)
    world.now = 3_700_000

    keeper.keep('another-one', 9_000_000)

    expect(keeper.redact('short-lived')).toBe('[redacted]')
  })

  it('keeps the newest of very many, and all that stay', () => {
    world.now = 0
    const keeper = createSecretKeeper(clock)
    keeper.keep('for-ever')

    for (let at = 0; at < 300; at += 1) keeper.keep(`secret-number-${at}-`, 1_000 + at)

    expect(keeper.redact('for-ever secret-number-0- secret-number-299-')).toBe(
      '[redacted] secret-number-0- [redacted]',
    )
  })
})
