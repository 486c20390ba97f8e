import { describe, expect, it } from 'vitest'
import { plainText } from './plain-text.ts'

describe('plainText', () => {
  it.each([
    ['Nothing to migrate. ü 你好 …', 'Nothing to migrate. ü 你好 …'],
    ['a\tb\nc', 'a\tb\nc'],
    ['\u001b[2J\u001b]0;owned\u0007gone', '�[2J�]0;owned�gone'],
    ['line\rover', 'line�over'],
    ['\u009b31m', '�31m'],
  ])('makes %j harmless', (line, expected) => {
    expect(plainText(line)).toBe(expected)
  })
})
