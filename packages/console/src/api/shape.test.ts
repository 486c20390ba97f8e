import { describe, expect, it } from 'vitest'
import { flag, list, map, maybe, misfit, number, object, optional, read, text } from './shape.ts'

const shape = object({
  name: text,
  count: maybe(number),
  on: optional(flag),
  parts: list(object({ id: text })),
  sums: map(number),
})
const good = { name: 'a', count: null, parts: [{ id: 'x' }], sums: { 'build-cache': 1 } }

describe('an answer', () => {
  it('fits when all that is read of it is there, whatever else is', () => {
    expect(read(shape, { ...good, further: [] })).toMatchObject(good)
    expect(misfit(shape, { ...good, count: 2, on: true })).toBeNull()
  })

  it.each([
    [null, 'answer'],
    [[], 'answer'],
    ['text', 'answer'],
    [{ ...good, name: 1 }, 'answer.name'],
    [{ ...good, count: undefined }, 'answer.count'],
    [{ ...good, on: null }, 'answer.on'],
    [{ ...good, parts: {} }, 'answer.parts'],
    [{ ...good, parts: [{ id: 'x' }, {}] }, 'answer.parts.1.id'],
    [{ ...good, sums: { images: '1' } }, 'answer.sums.images'],
    [{ ...good, sums: [] }, 'answer.sums'],
  ])('%j does not fit at %s', (value, place) => {
    expect(misfit(shape, value)).toBe(place)
    expect(() => read(shape, value)).toThrow(place)
  })
})
