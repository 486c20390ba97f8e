import { describe, expect, it } from 'vitest'
import { parseTagRule, type TagRule } from '../image/tag-policy.ts'
import { isNews, type NewestWant, type PollFacts } from './news.ts'

const [a, b, c] = ['a', 'b', 'c'].map((letter) => `sha256:${letter.repeat(64)}`) as [string, string, string]

function rulesOf(...texts: string[]): TagRule[] {
  return texts.map((text) => {
    const rule = parseTagRule(text)
    return typeof rule === 'string' ? expect.fail(rule) : rule
  })
}

/** What is live is `a`; the registry was asked before, said `a` then and says `b` now. */
function judge({
  tags = ['latest'],
  ...more
}: Partial<PollFacts> & { readonly tags?: string[] } = {}): boolean {
  const rules = rulesOf(...tags)
  const [rule] = rules
  if (!rule) return expect.fail('no rule')
  return isNews({
    rules,
    rule,
    answer: { tag: 'latest', digest: b },
    before: { tag: 'latest', digest: a },
    live: { tag: 'latest', digest: a },
    newest: { tag: 'latest', digest: a, state: 'live' },
    isHeld: false,
    ...more,
  })
}

const newest = (more: Partial<NewestWant>): NewestWant => ({
  tag: 'latest',
  digest: a,
  state: 'live',
  ...more,
})

describe('what a registry says is news', () => {
  it('when the tag has moved since the last poll', () => {
    expect(judge()).toBe(true)
  })

  it('when nothing was ever there', () => {
    expect(judge({ before: null, live: null, newest: null })).toBe(true)
  })

  it('at the first poll, when what is live came by the same rule, or by none any more', () => {
    expect(judge({ before: null })).toBe(true)
    expect(judge({ before: null, tags: ['latest', 'dev'], live: { tag: 'stable', digest: a } })).toBe(true)
  })

  it('again when a tag goes back to what it was once', () => {
    const moved = { answer: { tag: 'latest', digest: a }, before: { tag: 'latest', digest: b } }

    expect(judge({ ...moved, live: { tag: 'latest', digest: b }, newest: newest({ digest: b }) })).toBe(true)
  })

  it.each(['queued', 'pull', 'failed'] as const)('when the newest push is another, and %s', (state) => {
    expect(judge({ newest: newest({ digest: c, state }) })).toBe(true)
  })
})

describe('it is none', () => {
  it.each<[string, Parameters<typeof judge>[0]]>([
    ['when it is live', { live: { tag: 'latest', digest: b } }],
    ['when it is wanted already, whatever came of it', { newest: newest({ digest: b, state: 'failed' }) }],
    ['when it is held', { isHeld: true }],
    ['when it was said before', { before: { tag: 'latest', digest: b } }],
    [
      'when the push that waits will ask for the tag itself',
      { newest: newest({ digest: null, state: 'queued' }) },
    ],
    [
      'when it is a lower version than the live one',
      {
        tags: ['^1.2'],
        answer: { tag: '1.2.9', digest: b },
        before: { tag: '1.3.0', digest: a },
        live: { tag: '1.3.0', digest: a },
        newest: newest({ tag: '1.3.0' }),
      },
    ],
    [
      'when it is a lower version than one that waits',
      {
        tags: ['^1.2'],
        answer: { tag: '1.2.9', digest: b },
        live: { tag: '1.2.8', digest: a },
        newest: newest({ tag: '1.3.0', digest: c, state: 'queued' }),
      },
    ],
    [
      'at the first poll, when another rule put live what is live',
      {
        tags: ['dev', 'latest'],
        answer: { tag: 'dev', digest: b },
        before: null,
        live: { tag: 'latest', digest: a },
      },
    ],
    [
      'at the first poll, when a person chose what is live by its digest',
      { before: null, live: { tag: null, digest: c }, newest: newest({ tag: null, digest: c }) },
    ],
  ])('%s', (_when, facts) => {
    expect(judge(facts)).toBe(false)
  })
})
