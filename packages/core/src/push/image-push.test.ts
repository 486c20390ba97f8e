import { describe, expect, it } from 'vitest'
import { judgeTag } from './image-push.ts'

const hex = 'ab'.repeat(32)

describe('judgeTag', () => {
  it.each([
    ['latest', 'image'],
    ['v1.2.3', 'image'],
    ['sha256-abc', 'image'],
    [`sha256-${hex.toUpperCase()}`, 'image'],
    [`sha256:${hex}`, 'ignore'],
    [`sha256-${hex}`, 'ignore'],
    [`sha256-${hex}.sig`, 'ignore'],
    [`sha256-${hex}.att`, 'ignore'],
    ['', 'reject'],
    ['a b', 'reject'],
    ['; rm -rf /', 'reject'],
    ['a'.repeat(129), 'reject'],
  ])('judges %j as %s', (tag, kind) => {
    expect(judgeTag(tag).kind).toBe(kind)
  })
})
