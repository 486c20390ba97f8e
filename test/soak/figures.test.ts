import { expect, it } from 'vitest'
import { allowed, type Figures, figureNames, findGrown } from './figures.ts'

const warm = Object.fromEntries(figureNames.map((name) => [name, 20])) as Figures

it('what stays as it was is flat', () => {
  expect(findGrown(warm, warm, 100)).toEqual([])
})

it('one container more is told, and nothing else', () => {
  expect(findGrown(warm, { ...warm, containers: 21 }, 100)).toEqual(['containers'])
})

it('every figure is told when it grows without an end', () => {
  const grown = Object.fromEntries(figureNames.map((name) => [name, 1e9])) as Figures

  expect(findGrown(warm, grown, 100)).toEqual(figureNames)
})

it('only what is kept of each run may grow with their number', () => {
  const growing = figureNames.filter((name) => allowed(name, warm, 100) > allowed(name, warm, 10))

  expect(growing).toEqual(['jobs that failed', 'Redis: keys', 'Redis: memory, KB'])
})

it('a figure that could not be taken is told', () => {
  expect(findGrown(warm, { ...warm, images: Number.NaN }, 100)).toEqual(['images'])
})
