import { describe, expect, it } from 'vitest'
import { defaultTag, followsTag, isLowerVersion, parseTagRule, type TagRule } from './tag-policy.ts'

function rules(...texts: string[]): TagRule[] {
  return texts.map((text) => parseTagRule(text) ?? expect.fail(`no rule: ${text}`))
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
    expect(parseTagRule(text)?.kind).toBe(kind)
  })

  it.each(['/(/', '/[/', 'not a tag', ':latest', '>=one', '../latest', '/', ''])(
    'makes nothing of %j',
    (text) => {
      expect(parseTagRule(text)).toBeNull()
    },
  )
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
    [['latest', '^1.2'], 'latest', '1.3.0', false],
    [['/.*/'], '1.2.0', '1.3.0', false],
  ])('with %j says of %s over %s: %s', (texts, tag, live, expected) => {
    expect(isLowerVersion(rules(...texts), tag, live)).toBe(expected)
  })
})
