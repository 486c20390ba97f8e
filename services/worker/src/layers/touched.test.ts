import { describe, expect, it } from 'vitest'
import { createRandom, mergeLayers, randomHistory, readEntries } from '../../test/layer-histories.ts'
import type { TreeEntry } from '../manifest/manifest.ts'
import { deriveTree } from './derive-tree.ts'
import type { LayerItems } from './layer-index.ts'
import { createTouched } from './touched.ts'
import { Unfit } from './unfit.ts'

const histories = 1_500

interface Upper {
  readonly upperOfPrevious: readonly LayerItems[]
  readonly upperOfNext: readonly LayerItems[]
}

describe('what layers touch', () => {
  it('says of random histories the same as the whole release does', () => {
    const found = { derived: 0, unfit: 0, touched: 0, entries: 0 }
    for (let seed = 0; seed < histories; seed += 1) {
      const random = createRandom(seed)
      const history = randomHistory(random)
      const all = mergeLayers([...history.shared, ...history.previous]) ?? []
      const upper = {
        upperOfPrevious: history.previous.map(readEntries),
        upperOfNext: history.next.map(readEntries),
      }
      const folders = all.filter(({ kind }) => kind === 'folder')
      const shared = random(3) === 0 ? folders.slice(-1).map(({ path }) => path) : []
      const entries = all.filter(({ path }) => !shared.some((folder) => `${path}/`.startsWith(`${folder}/`)))
      const isTouched = createTouched([...upper.upperOfPrevious, ...upper.upperOfNext], shared)
      const touched = entries.filter(isTouched)
      const rest = entries.filter((entry) => !touched.includes(entry))

      const [ofAll, ofTouched] = [derive(entries, shared, upper), derive(touched, shared, upper)]

      expect(ofTouched && sorted([...ofTouched, ...rest]), `seed ${seed}`).toEqual(ofAll && sorted(ofAll))
      found[ofAll ? 'derived' : 'unfit'] += 1
      found.touched += touched.length
      found.entries += entries.length
    }
    expect(found.derived).toBeGreaterThan(histories / 5)
    expect(found.unfit).toBeGreaterThan(histories / 20)
    expect(found.touched).toBeLessThan(found.entries)
  })

  it('is little where little changed', () => {
    const entries: TreeEntry[] = ['public', 'vendor', 'vendor/a'].map((path) => ({ kind: 'folder', path }))
    const paths = ['public/index.php', 'vendor/a/one.php', 'vendor/a/two.php', 'vendor/autoload.php']
    for (const path of paths) entries.push({ kind: 'file', path, mode: 0o644, size: 1, sha256: 'x' })
    const folder = (path: string) => ({ kind: 'folder', path, isNamed: true }) as const
    const edit: LayerItems = [
      ...[folder(''), folder('public')],
      { kind: 'file', path: 'public/index.php', mode: 0o644, size: 2, sha256: 'y' },
    ]
    const gone: LayerItems = [folder(''), { kind: 'whiteout', path: 'vendor/a' }, folder('vendor')]

    const touchedBy = (...layers: LayerItems[]) =>
      entries.filter(createTouched(layers, [])).map(({ path }) => path)

    expect(touchedBy()).toEqual([])
    expect(touchedBy(edit)).toEqual(['public', 'vendor', 'public/index.php'])
    expect(touchedBy(gone)).toEqual([
      ...['public', 'vendor', 'vendor/a'],
      ...['vendor/a/one.php', 'vendor/a/two.php', 'vendor/autoload.php'],
    ])
    expect(entries.filter(createTouched([], ['vendor/a'])).map(({ path }) => path)).toEqual([
      ...['vendor', 'vendor/a', 'vendor/a/one.php', 'vendor/a/two.php'],
    ])
  })
})

function derive(entries: readonly TreeEntry[], shared: readonly string[], upper: Upper) {
  try {
    return deriveTree({ previous: { entries, shared }, ...upper, shared })
  } catch (error) {
    if (error instanceof Unfit) return null
    throw error
  }
}

function sorted(entries: readonly { readonly path: string }[]) {
  return entries.toSorted((one, other) => (one.path < other.path ? -1 : 1))
}
