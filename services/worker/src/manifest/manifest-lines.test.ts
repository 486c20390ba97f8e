import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { makeFolder } from '../../test/folder.ts'
import type { ManifestEntry, ManifestHead } from './manifest.ts'
import { openManifest } from './manifest-file.ts'
import { entriesOf, readManifestLines } from './manifest-lines.ts'

const head: ManifestHead = {
  ...{ version: 1, release: '1-aa-aaaa', deployment: 'd1', at: 1, digest: `sha256:${'a'.repeat(64)}` },
  ...{ sourcePath: '/app', layers: null, owner: null, shared: [], writable: [] },
}

function file(path: string, ctime = '1795900000000000001'): ManifestEntry {
  return {
    ...{ kind: 'file', path, mode: 0o644, size: 3, sha256: 'ab'.repeat(32) },
    ...{ inode: '7', mtime: '1795900000000000000', ctime },
  }
}

/** With what a text can hold that bytes could be mistaken in, and more than is written at a time. */
const entries: ManifestEntry[] = [
  { kind: 'folder', path: 'a' },
  file('a/ü,[]{}"ctime":"1"}'),
  { kind: 'link', path: 'a/目录', target: '../b' },
  ...Array.from({ length: 2_000 }, (_, at) => file(`a/${'n'.repeat(at % 300)}-${at}`)),
  file('z'),
]

async function written(): Promise<string> {
  const path = join(await makeFolder(), 'm.ndjson')
  const manifest = openManifest(path, head)
  for (const entry of entries) manifest.add(entry)
  manifest.finish()
  return path
}

describe('the lines of a manifest', () => {
  it('are what was written, however many are parsed at a time', async () => {
    const lines = readManifestLines(await written())

    expect(lines).toMatchObject({ head, length: entries.length, hasAgain: false })
    expect(lines?.parse(0, entries.length)).toEqual(entries)
    for (const [from, to] of [
      [0, 1],
      [1, 4],
      [entries.length - 1, entries.length],
      [5, 5],
    ] as const)
      expect(lines?.parse(from, to)).toEqual(entries.slice(from, to))
  })

  it('are the same for whoever is given their text', async () => {
    const lines = readManifestLines(await written()) ?? expect.fail('it is not whole')

    const other = entriesOf(structuredClone(lines.text))

    expect(other.length).toBe(entries.length)
    expect(other.parse(0, 4)).toEqual(entries.slice(0, 4))
    expect(JSON.parse(Buffer.from(other.lineAt(1)).toString())).toEqual(entries[1])
  })

  it('can be repeated, but for the time of the last change', async () => {
    const before = readManifestLines(await written()) ?? expect.fail('it is not whole')
    const path = join(await makeFolder(), 'm.ndjson')
    // Of other lengths than those before too, and several files of one time.
    const times = [1_795_900_000_000_000_002n, 1_795_900_000_000_000_002n, 7n, 10n ** 19n]
    const timeOf = (place: number) => times[place % times.length] as bigint
    const manifest = openManifest(path, head)
    for (const [place, entry] of entries.entries())
      if (entry.kind === 'file') manifest.repeat(before.lineAt(place), timeOf(place))
      else manifest.add(entry)
    manifest.finish()

    const after = readManifestLines(path)

    expect(after?.parse(0, entries.length)).toEqual(
      entries.map((entry, place) =>
        entry.kind === 'file' ? { ...entry, ctime: `${timeOf(place)}` } : entry,
      ),
    )
  })

  it.each<[string, (text: string) => string]>([
    ['nothing', () => ''],
    ['the head alone', (text) => text.split('\n', 1)[0] ?? ''],
    ['no end', (text) => text.slice(0, text.lastIndexOf('{'))],
    ['an end that is cut', (text) => text.slice(0, -1)],
    ['an entry too few', (text) => text.split('\n').toSpliced(2, 1).join('\n')],
    ['another version', (text) => text.replace('"version":1', '"version":2')],
  ])('are none where there is %s', async (_what, change) => {
    const path = await written()
    await writeFile(path, change(await readFile(path, 'utf8')))

    expect(readManifestLines(path)).toBeNull()
  })

  it.each([
    ['is cut', '{"kind":"fi'],
    ['holds two', `${JSON.stringify(file('x'))},${JSON.stringify(file('y'))}`],
    ['is no entry', '{"kind":"file"}'],
    ['is nothing', ''],
  ])('are broken where one %s', async (_what, line) => {
    const path = await written()
    await writeFile(path, (await readFile(path, 'utf8')).split('\n').with(9, line).join('\n'))
    const lines = readManifestLines(path)

    expect(() => lines?.parse(0, entries.length)).toThrow(SyntaxError)
    expect(lines?.parse(0, 8)).toEqual(entries.slice(0, 8))
  })

  it('are none where there is no file', () => {
    expect(readManifestLines('/nowhere/m.ndjson')).toBeNull()
  })
})
