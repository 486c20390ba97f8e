import { matchesGlob } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fitsPattern } from './ref-pattern.ts'

describe('fitsPattern', () => {
  it.each([
    ['main', 'main'],
    ['*', 'main'],
    ['*', 'feature/x'],
    ['*', ''],
    ['release-*', 'release-2.4'],
    ['release/*', 'release/2.4/hotfix'],
    ['v?.?', 'v1.2'],
    ['v[0-9]*', 'v1.2.3'],
    ['[!a-c]x', 'dx'],
    ['[^a-c]x', 'dx'],
    ['[]x]', ']'],
    ['[a-]', '-'],
    ['\\*', '*'],
    ['\\', '\\'],
    ['[a', '[a'],
    ['[', '['],
    ['分支-?', '分支-🚀'],
    ['*a*b*', 'xxaxxbxx'],
    ['a**b', 'ab'],
    ['{a,b}', '{a,b}'],
    ['(a+)+', '(a+)+'],
  ])('%s fits %s', (pattern, ref) => {
    expect(fitsPattern(pattern, ref)).toBe(true)
  })

  it.each([
    ['main', 'main2'],
    ['main', 'xmain'],
    ['main', ''],
    ['main', 'MAIN'],
    ['', 'main'],
    ['release-*', 'release'],
    ['v?', 'v'],
    ['v?', 'v12'],
    ['v[0-9]', 'vx'],
    ['[!a-c]x', 'ax'],
    ['\\*', 'x'],
    ['m.in', 'main'],
    ['*a*b', 'bxa'],
    ['?', ''],
  ])('%s does not fit %s', (pattern, ref) => {
    expect(fitsPattern(pattern, ref)).toBe(false)
  })

  it('agrees with the globs of Node where there are no slashes and no dots', () => {
    const pattern = fc.string({
      unit: fc.constantFrom('a', 'b', '*', '?', '[ab]', '[!a]'),
      minLength: 1,
      maxLength: 8,
    })
    const ref = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 8 })

    fc.assert(
      fc.property(pattern, ref, (one, name) => {
        expect(fitsPattern(one, name)).toBe(matchesGlob(name, one))
      }),
    )
  })

  it('is not held up by a pattern made to be slow', () => {
    const started = performance.now()

    expect(fitsPattern('*a'.repeat(127), 'a'.repeat(254).concat('b'))).toBe(false)
    expect(performance.now() - started).toBeLessThan(100)
  })
})
