import { describe, expect, it } from 'vitest'
import {
  createRandom,
  type History,
  mergeLayers,
  randomHistory,
  readEntries,
} from '../../test/layer-histories.ts'
import type { TreeEntry } from '../manifest/manifest.ts'
import { deriveTree } from './derive-tree.ts'
import type { LayerItems } from './layer-index.ts'
import { Unfit } from './unfit.ts'

const histories = 800

describe('deriveTree', () => {
  it('says of random histories what all their layers say, or nothing', () => {
    const found = { derived: 0, unfit: 0 }
    for (let seed = 0; seed < histories; seed += 1) {
      const history = randomHistory(createRandom(seed))
      const previous = mergeLayers([...history.shared, ...history.previous])
      if (!previous) throw new Error('no layer of these takes the source away')

      const tree = derive(history, previous)

      found[tree ? 'derived' : 'unfit'] += 1
      if (tree)
        expect(sorted(tree), `seed ${seed}`).toEqual(mergeLayers([...history.shared, ...history.next]))
    }
    // To refuse everything would be right, and of no use.
    expect(found.derived).toBeGreaterThan(histories / 5)
  })

  it('knows what the upper layers of both write', () => {
    const tree = deriveTree({
      ...simple,
      upperOfPrevious: [[folder(''), file('index.php', 'old')]],
      upperOfNext: [[folder(''), file('index.php', 'new')]],
    })

    expect(sorted(tree)).toEqual([file('index.php', 'new'), file('kept.php', 'kept')])
  })

  it('is the release before when neither has a layer of its own', () => {
    expect(deriveTree(simple)).toEqual(simple.previous.entries)
  })

  it.each<[string, LayerItems, LayerItems]>([
    ['a file that only the previous image wrote', [folder(''), file('index.php', 'old')], []],
    ['a file that only the previous image removed', [folder(''), gone('former.php')], []],
    [
      'a folder below a file of the previous image',
      [folder(''), file('index.php', 'old')],
      [folder(''), gone('other.php')],
    ],
    ['a source that the previous image replaced', [gone(''), folder('')], [folder('')]],
    [
      'something in a folder without an entry',
      [folder(''), file('index.php', 'old')],
      [folder('index.php', false), file('index.php/x', 'x')],
    ],
  ])('does not guess %s', (_what, previous, next) => {
    expect(() => deriveTree({ ...simple, upperOfPrevious: [previous], upperOfNext: [next] })).toThrow(Unfit)
  })

  it('sees that a release is not what its layers say', () => {
    const upperOfPrevious = [[folder(''), file('index.php', 'something else')]]

    expect(() => deriveTree({ ...simple, upperOfPrevious, upperOfNext: upperOfPrevious })).toThrow(
      /is not what/,
    )
  })

  it('takes away what a layer empties, and keeps what it puts there', () => {
    const tree = deriveTree({
      ...simple,
      upperOfNext: [[{ kind: 'opaque', path: '' }, folder(''), file('only.php', 'only')]],
    })

    expect(tree).toEqual([file('only.php', 'only')])
  })

  it('needs nothing of what outlives releases', () => {
    const tree = deriveTree({
      ...simple,
      previous: { ...simple.previous, shared: ['storage'] },
      upperOfNext: [[folder(''), folder('storage'), file('storage/log', 'new')]],
      shared: ['storage'],
    })

    expect(tree).toEqual(simple.previous.entries)
  })

  it('does not guess what was left to what outlives releases', () => {
    const previous = { ...simple.previous, shared: ['storage'] }

    expect(() => deriveTree({ ...simple, previous })).toThrow(Unfit)
  })
})

const simple = {
  previous: { entries: [file('index.php', 'old'), file('kept.php', 'kept')], shared: [] },
  upperOfPrevious: [],
  upperOfNext: [],
  shared: [],
}

function derive(history: History, entries: readonly TreeEntry[]) {
  try {
    return deriveTree({
      previous: { entries, shared: [] },
      upperOfPrevious: history.previous.map(readEntries),
      upperOfNext: history.next.map(readEntries),
      shared: [],
    })
  } catch (error) {
    if (error instanceof Unfit) return null
    throw error
  }
}

function sorted(entries: readonly TreeEntry[]): TreeEntry[] {
  return entries.toSorted((one, other) => (one.path < other.path ? -1 : 1))
}

function file(path: string, content: string) {
  return { kind: 'file', path, mode: 0o644, size: content.length, sha256: content } as const
}

function folder(path: string, isNamed = true) {
  return { kind: 'folder', path, isNamed } as const
}

function gone(path: string) {
  return { kind: 'whiteout', path } as const
}
