import { describe, expect, it } from 'vitest'
import { parseTagRule } from '../image/tag-policy.ts'
import { pollCandidates } from './candidates.ts'

interface Case {
  readonly rule: string
  readonly tags: readonly string[]
  readonly seen?: readonly string[]
  readonly live?: string | null
}

function candidates({ rule: text, tags, seen = [], live = null }: Case): string[] {
  const rule = parseTagRule(text)
  if (typeof rule === 'string') return expect.fail(rule)
  return pollCandidates(rule, { tags, isNew: (tag) => !seen.includes(tag), live })
}

describe('the tags that a rule asks for', () => {
  it('are the one of an exact rule, whatever there is', () => {
    expect(candidates({ rule: 'latest', tags: [] })).toEqual(['latest'])
  })

  it.each<[string, Case, string[]]>([
    [
      'the highest versions of a range',
      { rule: '^1.2', tags: ['1.2.0', '1.10.0', 'latest', '2.0.0', 'v1.9.0', '1.3.0'] },
      ['1.10.0', 'v1.9.0', '1.3.0'],
    ],
    [
      'none below the one that is live',
      { rule: '^1.2', tags: ['1.2.0', '1.3.0', '1.2.9'], live: '1.2.9' },
      ['1.3.0', '1.2.9'],
    ],
    ['not even when the live one was deleted', { rule: '^1.2', tags: ['1.2.0'], live: '1.3.0' }, []],
    [
      'any where another rule put live what is live',
      { rule: '^1.2', tags: ['1.2.0'], live: '2.0.0' },
      ['1.2.0'],
    ],
    [
      'the live one of two names of a version',
      { rule: '^1.2', tags: ['1.2.0', 'v1.2.0'], live: 'v1.2.0' },
      ['v1.2.0', '1.2.0'],
    ],
    ['no version before a release, unless the range names one', { rule: '>=1.2', tags: ['1.3.0-rc.1'] }, []],
    [
      'those before a release in their order',
      { rule: '>=1.3.0-rc.0', tags: ['1.3.0-rc.9', '1.3.0-rc.10', '1.3.0-rc.2'] },
      ['1.3.0-rc.10', '1.3.0-rc.9', '1.3.0-rc.2'],
    ],
    [
      'of an expression the highest new version',
      { rule: '/v.*/', tags: ['v1.9.0', 'v1.10.0', 'v2.0.0'], seen: ['v2.0.0'], live: 'v2.0.0' },
      ['v1.10.0'],
    ],
    [
      'else the last new one of the alphabet',
      { rule: '/main-.*/', tags: ['main-2026-11-02', 'main-2026-11-03', 'main-2026-11-01', 'zz'] },
      ['main-2026-11-03'],
    ],
    [
      'without a new one the live one, which may have moved',
      { rule: '/main|prod/', tags: ['main', 'prod'], seen: ['main', 'prod'], live: 'main' },
      ['main'],
    ],
    ['none that is gone', { rule: '/main/', tags: [], live: 'main' }, []],
    ['none where nothing is new or live', { rule: '/v.*/', tags: ['v1'], seen: ['v1'] }, []],
  ])('are %s', (_what, given, expected) => {
    expect(candidates(given)).toEqual(expected)
  })
})
