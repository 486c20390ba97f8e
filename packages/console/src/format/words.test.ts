import { describe, expect, it } from 'vitest'
import {
  causeWords,
  counted,
  repeatWords,
  shortDigest,
  targetWords,
  triggerWords,
  whyWords,
} from './words.ts'

const digest = `sha256:${'0123456789abcdef'.repeat(4)}`
const none = { tag: null, digest: null, resolvedDigest: null, back: null }

describe('what a deployment brings', () => {
  it.each([
    [{ ...none, tag: 'latest', digest }, 'latest · 0123456789ab'],
    [{ ...none, tag: 'latest' }, 'latest'],
    [none, 'an image'],
    [{ ...none, back: { release: null, digest: null } }, 'back to the good release before'],
    [{ ...none, back: { release: '17-a-b', digest: null } }, 'back to 17-a-b'],
    [{ ...none, resolvedDigest: digest, back: { release: null, digest } }, 'back to 0123456789ab'],
  ])('%j is %s', (deployment, words) => {
    expect(targetWords(deployment)).toBe(words)
  })

  it('is what was deployed rather than what the sender named', () => {
    const named = `sha256:${'f'.repeat(64)}`

    expect(targetWords({ ...none, digest: named, resolvedDigest: digest })).toBe(shortDigest(digest))
  })
})

const asked = { kind: 'poll', hook: undefined, source: undefined, by: undefined, reason: undefined }

it.each([
  [{ ...asked, kind: 'webhook', hook: 'acr-main' }, 'webhook acr-main'],
  [{ ...asked, kind: 'command', by: 'ada' }, 'ada'],
  [{ ...asked, kind: 'command', by: 'ada', reason: 'orders are lost' }, 'ada: orders are lost'],
  [asked, 'poll'],
])('%j is asked for by: %s', (trigger, words) => {
  expect(triggerWords(trigger)).toBe(words)
})

it('a schedule is told by its expression and zone, or by its interval', () => {
  expect(repeatWords({ pattern: '0 0 * * *', tz: 'Asia/Shanghai', every: undefined })).toBe(
    '0 0 * * * (Asia/Shanghai)',
  )
  expect(repeatWords({ pattern: '0 0 * * *', tz: undefined, every: undefined })).toBe('0 0 * * * (UTC)')
  expect(repeatWords({ every: 300_000, pattern: undefined, tz: undefined })).toBe('every 5 min')
})

it('a failure is told by its code and its reason', () => {
  expect(whyWords({ errorCode: 'CHECK_FAILED', why: '500' })).toBe('CHECK_FAILED: 500')
  expect(whyWords({ errorCode: null, why: null })).toBe('')
})

it('a prune is told by who had it run', () => {
  expect([causeWords('schedule', null), causeWords('disk', null), causeWords('command', 'ada')]).toEqual([
    'by the clock',
    'a disk was full',
    'for ada',
  ])
})

it('counts in words', () => {
  expect([counted(1, 'host'), counted(0, 'host'), counted(1_200, 'call')]).toEqual([
    '1 host',
    '0 hosts',
    '1,200 calls',
  ])
})
