import { describe, expect, it } from 'vitest'
import { hashOf, readEntries } from '../../test/layer-histories.ts'

const way = ['var/', 'var/www/', 'var/www/app/'].map(
  (name) => ({ header: { name, type: 'directory' } }) as const,
)
const source = { kind: 'folder', path: '', isNamed: true }

describe('what a layer says about a source', () => {
  it('is what it takes away, and then what it brings', () => {
    const items = readEntries([
      ...way,
      { header: { name: 'var/www/app/b.php', mode: 0o100_755 }, content: 'b' },
      { header: { name: 'var/www/app/a/', type: 'directory' } },
      { header: { name: 'var/www/app/a/.wh..wh..opq' } },
      { header: { name: 'var/www/app/.wh.gone' } },
      { header: { name: 'var/www/app/c', type: 'symlink', linkname: 'a' } },
    ])

    expect(items).toEqual([
      { kind: 'opaque', path: 'a' },
      { kind: 'whiteout', path: 'gone' },
      source,
      { kind: 'folder', path: 'a', isNamed: true },
      { kind: 'file', path: 'b.php', mode: 0o755, size: 1, sha256: hashOf('b') },
      { kind: 'link', path: 'c', target: 'a' },
    ])
  })

  it('is nothing when the layer is about something else', () => {
    const items = readEntries([
      { header: { name: './etc/', type: 'directory' } },
      { header: { name: './etc/passwd' }, content: 'root' },
      { header: { name: './etc/.wh.shadow' } },
    ])

    expect(items).toEqual([])
  })

  it('has the content of a file under each name of it', () => {
    const items = readEntries([
      ...way,
      { header: { name: 'var/www/app/a', mode: 0o644 }, content: 'x' },
      { header: { name: 'var/www/app/b', type: 'link', linkname: '/var/www/app/a', mode: 0o644 } },
    ])

    const file = { kind: 'file', mode: 0o644, size: 1, sha256: hashOf('x') }
    expect(items).toEqual([source, { ...file, path: 'a' }, { ...file, path: 'b' }])
  })

  it('does not name a source whose way is not named: a lower layer may have a link there', () => {
    const app = way.slice(2)
    const items = readEntries([...app, { header: { name: 'var/www/app/a', mode: 0o644 }, content: 'x' }])

    expect(items[0]).toEqual({ ...source, isNamed: false })
  })

  it('takes the source away with what it lies in, and names what it is anew', () => {
    expect(readEntries([{ header: { name: 'var/.wh.www' } }])).toEqual([{ kind: 'whiteout', path: '' }])
    const emptied = [...way.slice(0, 2), { header: { name: 'var/www/.wh..wh..opq' } }, ...way.slice(2)]
    expect(readEntries(emptied)).toEqual([{ kind: 'opaque', path: '' }, source])
  })
})
