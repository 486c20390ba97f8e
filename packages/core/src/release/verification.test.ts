import { describe, expect, it } from 'vitest'
import type { DriftReport } from './drift.ts'
import { boundReport, isAsExpected, isSameDrift, type Verification } from './verification.ts'

function reportOf(more: Partial<DriftReport> = {}): DriftReport {
  const { added = [], changed = [], missing = [] } = more
  const counts = { added: added.length, changed: changed.length, missing: missing.length }
  return {
    release: '1-abc',
    digest: 'sha256:a',
    at: 0,
    read: 0,
    files: 3,
    added,
    changed,
    missing,
    counts,
    ...more,
  }
}

function found(report: DriftReport, more: Partial<Verification> = {}): Verification {
  const where = { project: 'shop', host: 'web1', at: 0, quick: true, strayed: null }
  return { ...where, report, outcome: 'drift', errorCode: null, why: null, ...more }
}

describe('a look at a live release', () => {
  it.each([
    ['nothing differs', found(reportOf()), true],
    ['a file was added', found(reportOf({ added: ['shell.php'] })), false],
    ['`current` leads elsewhere', found(reportOf(), { strayed: { to: 'elsewhere' } }), false],
    ['nothing was found out', { report: null, strayed: null }, false],
  ])('is as expected only when all is as deployed: %s', (_what, one, expected) => {
    expect(isAsExpected(one)).toBe(expected)
  })

  it.each<[string, Verification, boolean]>([
    ['the same later', found(reportOf({ added: ['shell.php'], at: 9, read: 3 }), { at: 9 }), true],
    ['another file', found(reportOf({ added: ['other.php'] })), false],
    ['one more', found(reportOf({ added: ['shell.php'], missing: ['index.php'] })), false],
    ['the same in a later release', found(reportOf({ added: ['shell.php'], release: '2-abc' })), false],
    [
      'the same, and a stray link',
      found(reportOf({ added: ['shell.php'] }), { strayed: { to: null } }),
      false,
    ],
    ['nothing any more', found(reportOf(), { outcome: 'clean' }), false],
  ])('finds the same drift as before, or does not: %s', (_what, later, isSame) => {
    expect(isSameDrift(found(reportOf({ added: ['shell.php'] })), later)).toBe(isSame)
  })

  it('is kept small, however many and long the names are, and keeps the counts', () => {
    const names = Array.from({ length: 200 }, (_, at) => `${at}-${'x'.repeat(4_000)}`)
    const report = reportOf({ added: names, counts: { added: 5_000, changed: 0, missing: 0 } })

    const kept = boundReport(report)

    expect(JSON.stringify(kept).length).toBeLessThan(70_000)
    expect(kept.added).toEqual(names.slice(0, kept.added.length))
    expect(kept.counts.added).toBe(5_000)
  })
})
