import { describe, expect, it } from 'vitest'
import { fieldAt } from './field-at.ts'

describe('fieldAt', () => {
  it.each([
    ['a', 1],
    ['b.c', 2],
    ['list.IMAGE', 3],
    ['list.0.key', 'ENV'],
  ])('finds %s', (path, value) => {
    const body = { a: 1, b: { c: 2 }, list: [{ key: 'ENV' }, { key: 'IMAGE', value: 3 }] }

    expect(fieldAt(body, path)).toBe(value)
  })

  it.each([
    'toString',
    '__proto__',
    'constructor',
    'b.toString',
    'list.find',
    'list.ENV',
    'a.b',
    'b.c.d',
    '',
  ])('finds nothing at %j', (path) => {
    expect(fieldAt({ a: null, b: { c: 'text' }, list: [{ key: 'ENV' }] }, path)).toBeUndefined()
  })
})
