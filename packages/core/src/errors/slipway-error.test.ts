import { describe, expect, it } from 'vitest'
import { catalogue } from './catalogue.ts'
import { asSlipwayError, SlipwayError } from './slipway-error.ts'

describe('SlipwayError', () => {
  it('says by its code whether trying again helps', () => {
    expect(new SlipwayError('REDIS_UNAVAILABLE', 'x').retryable).toBe(true)
    expect(new SlipwayError('MIGRATION_FAILED', 'x').retryable).toBe(false)
  })

  it('keeps its cause, its facts and the pause that was asked for', () => {
    const cause = new Error('ECONNREFUSED')

    const error = new SlipwayError('REGISTRY_RATE_LIMITED', 'x', {
      cause,
      details: { status: 429 },
      retryAfterMs: 5,
    })

    expect(error).toMatchObject({ cause, details: { status: 429 }, retryAfterMs: 5 })
  })
})

describe('asSlipwayError', () => {
  it('leaves one of ours as it is', () => {
    const error = new SlipwayError('FENCED', 'x')

    expect(asSlipwayError(error)).toBe(error)
  })

  it.each([new Error('boom'), 'boom'])('wraps %o and keeps it as the cause', (thrown) => {
    expect(asSlipwayError(thrown)).toMatchObject({ code: 'INTERNAL', message: 'boom', cause: thrown })
  })
})

describe('catalogue', () => {
  it.each(Object.entries(catalogue))(
    'says in whole sentences what %s means and what to do',
    (code, entry) => {
      expect(code).toMatch(/^[A-Z]+(?:_[A-Z]+)*$/)
      expect(entry.meaning).toMatch(/^[A-Z].{15,}\.$/)
      expect(entry.operator).toMatch(/^[A-Z].{15,}\.$/)
    },
  )

  it('tries nothing again after visitors may have seen a change, nor what the release itself caused', () => {
    const never = [
      'IMAGE_NOT_FOUND',
      'SOURCE_REFUSED',
      'MIGRATION_FAILED',
      'MIGRATION_TIMEOUT',
      'RELOAD_FAILED',
      'CHECK_FAILED',
      'ROLLBACK_FAILED',
      'INTERNAL',
    ] as const

    expect(never.filter((code) => catalogue[code].retryable)).toEqual([])
  })
})
