import { expect, it } from 'vitest'
import { sumOf, sumRefused } from './sums.ts'

it('a prune is summed up over the kinds of things', () => {
  const counts = {
    image: { kept: 2, deleted: 3, failed: 1 },
    'build-cache': { kept: 0, deleted: 4, failed: 0 },
  }

  expect(sumOf(counts)).toEqual({ kept: 2, deleted: 7, failed: 1 })
  expect(sumOf({})).toEqual({ kept: 0, deleted: 0, failed: 0 })
})

it('refused calls are summed up by hook and reason, most calls first', () => {
  const call = { source: null, status: 404 }
  const refused = [
    { ...call, at: 30, hook: null, reason: 'unknown-hook', peer: null, count: 50 },
    { ...call, at: 20, hook: 'acr', reason: 'proof-wrong', peer: '10.0.0.1', count: 2 },
    { ...call, at: 10, hook: 'acr', reason: 'proof-wrong', peer: '10.0.0.2', count: 3 },
    { ...call, at: 5, hook: 'acr', reason: 'proof-wrong', peer: '10.0.0.2', count: 1 },
    { ...call, at: 4, hook: 'acr', reason: 'too-large', peer: '10.0.0.2', count: 1 },
  ]

  expect(sumRefused(refused)).toEqual([
    { hook: null, reason: 'unknown-hook', calls: 50, peers: 0, last: 30 },
    { hook: 'acr', reason: 'proof-wrong', calls: 6, peers: 2, last: 20 },
    { hook: 'acr', reason: 'too-large', calls: 1, peers: 1, last: 4 },
  ])
  expect(sumRefused([])).toEqual([])
})
