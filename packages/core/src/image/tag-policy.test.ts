import { describe, expect, it } from 'vitest'
import {
  compareVersions,
  defaultTag,
  followsTag,
  isLowerVersion,
  parseTagRule,
  ruleFollows,
  type TagRule,
} from './tag-policy.ts'

function rules(...texts: string[]): TagRule[] {
  return texts.map((text) => {
    const rule = parseTagRule(text)
    return typeof rule === 'string' ? expect.fail(rule) : rule
  })
}

describe('parseTagRule', () => {
  it.each([
    ['latest', 'exact'],
    ['1.2', 'exact'],
    ['v1.2.3', 'exact'],
    ['/v[0-9]+/', 'expression'],
    ['^1.2', 'range'],
    ['~1.2.3', 'range'],
    ['>=1.2 <2', 'range'],
    ['1.x || 2.x', 'range'],
    ['*', 'range'],
  ])('reads %s as %s', (text, kind) => {
    expect(parseTagRule(text)).toMatchObject({ kind })
  })

  it.each(['not a tag', ':latest', '>=one', '../latest', '/', ''])('makes nothing of %j', (text) => {
    expect(parseTagRule(text)).toBe('write a tag, a /regular expression/ or a semver range such as "^1.2"')
  })

  it.each([
    ['/(/', '/(/ cannot be used: missing closing ): `(`'],
    ['/[/', 'missing closing ]'],
    ['/v(?=1).*/', 'what looks around or back is not known here'],
    ['/(?<!a)b/', 'what looks around or back is not known here'],
    [String.raw`/(a)\1/`, 'what looks around or back is not known here'],
    ['/(?:a{1000}){1000}/', 'invalid repeat count'],
    ['/a{1000}a{1000}/', 'its repetitions make it too large'],
    [`/${'a'.repeat(513)}/`, 'longer than 512 characters'],
  ])('says why %s cannot be used', (text, why) => {
    expect(parseTagRule(text)).toContain(why)
  })
})

describe('followsTag', () => {
  it.each([
    [['latest'], 'latest', true],
    [['latest'], 'Latest', false],
    [['latest'], 'latest-arm', false],
    [['1.2'], '1.2.3', false],
    [['/v[0-9]+/'], 'v12', true],
    [['/v[0-9]+/'], 'v12-rc', false],
    [['/v[0-9]+/'], 'xv12', false],
    [['/a|b/'], 'ax', false],
    [['/^v[0-9]+$/'], 'v1', true],
    [['/V[0-9]+/'], 'v1', false],
    [['/(?i)V[0-9]+/'], 'v1', true],
    [['/.*/'], 'no tag', false],
    [['^1.2'], '1.9.0', true],
    [['^1.2'], 'v1.9.0', true],
    [['^1.2'], '2.0.0', false],
    [['^1.2'], '1.9', false],
    [['^1.2'], '1.9.0-rc.1', false],
    [['^1.2'], 'latest', false],
    [['main', '^1.2'], '1.2.0', true],
    [[], 'latest', false],
  ])('with %j answers %s: %s', (texts, tag, expected) => {
    expect(followsTag(rules(...texts), tag)).toBe(expected)
  })
})

describe('an expression that would hang an engine that tries again', () => {
  it.each([
    ['/(a+)+$/', `${'a'.repeat(127)}-`],
    ['/(a|a)*b/', 'a'.repeat(128)],
    [String.raw`/(?:\w{0,20}){0,20}-/`, 'a'.repeat(128)],
    ['/(?:.*.*.*.*)x/', 'a'.repeat(128)],
  ])('%s takes no time worth measuring', (text, tag) => {
    const begun = performance.now()

    expect(followsTag(rules(text), tag)).toBe(false)

    expect(performance.now() - begun).toBeLessThan(500)
  })

  it('costs little at its largest', () => {
    const largest = String.raw`/(?:\w{0,30}){0,15}-/`
    const [rule] = rules(largest)
    const begun = performance.now()

    for (let at = 0; at < 10; at += 1) expect(rule && ruleFollows(rule, 'a'.repeat(128))).toBe(false)

    expect(performance.now() - begun).toBeLessThan(1_000)
  })
})

describe('defaultTag', () => {
  it.each([
    [['latest'], 'latest'],
    [['^1.2', 'main', 'latest'], 'main'],
    [['^1.2', '/v.*/'], null],
  ])('of %j is %s', (texts, expected) => {
    expect(defaultTag(rules(...texts))).toBe(expected)
  })
})

describe('isLowerVersion', () => {
  it.each([
    [['^1.2'], '1.2.0', '1.3.0', true],
    [['^1.2'], '1.3.0', '1.2.0', false],
    [['^1.2'], '1.3.0', '1.3.0', false],
    [['^1.2'], '1.10.0', '1.9.0', false],
    [['^1.2'], 'v1.2.0', '1.3.0', true],
    [['^1.2', '^2'], '1.9.0', '2.0.0', false],
    [['>=1'], '1.9.0', '2.0.0', true],
    [['>=1.3.0-rc.0 <2'], '1.3.0-rc.2', '1.3.0-rc.10', true],
    [['>=1.3.0-rc.0 <2'], '1.3.0-rc.10', '1.3.0', true],
    [['>=1.3.0-rc.0 <2'], '1.3.0', '1.3.0-rc.10', false],
    [['>=1.3.0-rc.0 <2'], '1.2.9', '1.3.0-rc.1', false],
    [['latest', '^1.2'], 'latest', '1.3.0', false],
    [['/.*/'], '1.2.0', '1.3.0', false],
  ])('with %j says of %s over %s: %s', (texts, tag, live, expected) => {
    expect(isLowerVersion(rules(...texts), tag, live)).toBe(expected)
  })
})

describe('compareVersions', () => {
  it.each([
    ['1.10.0', '1.9.0', 1],
    ['v1.9.0', '1.10.0', -1],
    ['1.0.0', 'v1.0.0', 0],
    ['1.0.0-rc.1', '1.0.0', -1],
    ['latest', '1.0.0', null],
    ['1.0', '1.0.0', null],
  ])('%s against %s: %s', (a, b, expected) => {
    expect(compareVersions(a, b)).toBe(expected)
  })
})
