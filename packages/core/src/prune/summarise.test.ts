import { describe, expect, it } from 'vitest'
import type { PruneItem } from './item.ts'
import { formatBytes, mostListed, planRows, summarisePlan } from './summarise.ts'

function item(name: string, over: Partial<PruneItem> = {}): PruneItem {
  const facts = {
    kind: 'image',
    id: name,
    name,
    project: null,
    bytes: 1_000,
    keep: false,
    why: 'old',
  } as const
  return { ...facts, ...over }
}

describe('the summary of a plan', () => {
  it('counts each kind and what becomes free', () => {
    const items = [item('a'), item('b', { keep: true }), item('c', { kind: 'release', bytes: 500 })]

    const { counts, freedBytes, deleted, kept } = summarisePlan({ items })

    expect(counts.image).toEqual({ kept: 1, deleted: 1, failed: 0 })
    expect(counts.release).toEqual({ kept: 0, deleted: 1, failed: 0 })
    expect(counts.volume).toEqual({ kept: 0, deleted: 0, failed: 0 })
    expect(freedBytes).toBe(1_500)
    expect([deleted, kept].map((list) => list.map(({ name }) => name))).toEqual([['a', 'c'], ['b']])
  })

  it('counts what could not be deleted for itself', () => {
    const [failed, gone] = [item('failed'), item('gone')]

    const summary = summarisePlan({ items: [failed, gone] }, { failed: new Set([failed]) })

    expect(summary.counts.image).toEqual({ kept: 0, deleted: 1, failed: 1 })
    expect(summary.deleted).toEqual([gone])
    expect(summary.freedBytes).toBe(1_000)
  })

  it('lists so many, the largest of them in their order, and counts the others', () => {
    const items = Array.from({ length: mostListed + 3 }, (_, at) =>
      item(`image-${at}`, { keep: at < 1, bytes: at }),
    )

    const { deleted, deletedMore, keptMore, counts } = summarisePlan({ items })

    expect(deleted).toEqual(items.slice(3))
    expect({ deletedMore, keptMore }).toEqual({ deletedMore: 2, keptMore: 0 })
    expect(counts.image.deleted).toBe(mostListed + 2)
  })
})

it.each([
  [0, '0B'],
  [999, '999B'],
  [1_000, '1.0KB'],
  [1_440_000_000, '1.4GB'],
  [250_400_000, '250MB'],
  [5e15, '5000TB'],
])('writes %d bytes as %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text)
})

it('shows what goes before what stays', () => {
  const rows = planRows([
    item('b', { keep: true, why: 'it is live', project: 'shop' }),
    item('a', { bytes: 0 }),
  ])

  expect(rows).toEqual([
    ['image', 'a', '-', '-', 'delete', 'old'],
    ['image', 'b', 'shop', '1.0KB', 'keep', 'it is live'],
  ])
})
