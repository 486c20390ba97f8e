import type { PollRecord } from '@slipway/core'
import { expect, it } from 'vitest'
import { pollLines } from './poll-lines.ts'

const digest = `sha256:${'ab'.repeat(32)}`
const at = (time: string) => Date.parse(`2026-11-24T${time}Z`)
const record: PollRecord = {
  askedAt: at('02:00:10'),
  nextAt: at('02:05:10'),
  backOffUntil: null,
  failures: 0,
  errorCode: null,
  why: null,
  answers: { latest: { tag: 'latest', digest, etag: null } },
}
const failed: PollRecord = {
  ...record,
  failures: 3,
  errorCode: 'REGISTRY_RATE_LIMITED',
  why: 'Later,\nplease.',
  backOffUntil: at('02:20:10'),
  nextAt: at('02:20:10'),
}
const poll = { every: 300_000 }

it.each<[string, Parameters<typeof pollLines>, string[]]>([
  ['a project that is not polled', [{ poll: undefined }, record], []],
  ['one that was never asked about', [{ poll }, null], ['polled every 5m: not asked yet']],
  [
    'one that was answered',
    [{ poll }, record],
    ['polled every 5m: asked at 2026-11-24 02:00Z, latest is abababababab; next at 2026-11-24 02:05Z'],
  ],
  [
    'one that the registry has nothing for',
    [{ poll }, { ...record, answers: {} }],
    ['polled every 5m: asked at 2026-11-24 02:00Z, there is no tag to follow; next at 2026-11-24 02:05Z'],
  ],
  [
    'one whose registry does not answer',
    [{ poll }, failed],
    [
      'polled every 5m: asked at 2026-11-24 02:00Z, failed 3 times; backs off until 2026-11-24 02:20Z',
      '  REGISTRY_RATE_LIMITED: Later, please.',
    ],
  ],
])('the polls of %s are told', (_what, given, lines) => {
  expect(pollLines(...given)).toEqual(lines)
})
