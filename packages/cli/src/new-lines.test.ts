import { describe, expect, it } from 'vitest'
import { newLines } from './new-lines.ts'

describe('newLines', () => {
  it.each([
    ['nothing was read yet', [], ['a', 'b'], ['a', 'b']],
    ['nothing came', ['a', 'b'], ['a', 'b'], []],
    ['a line came', ['a'], ['a', 'b'], ['b']],
    ['the log lost its beginning', ['a', 'b', 'c'], ['b', 'c', 'd'], ['d']],
    ['the log lost all that was read', ['a', 'b'], ['c', 'd'], ['c', 'd']],
    ['lines repeat', ['a', 'a'], ['a', 'a', 'a'], ['a']],
  ])('finds what is new when %s', (_, before, now, expected) => {
    expect(newLines(before, now)).toEqual(expected)
  })
})
