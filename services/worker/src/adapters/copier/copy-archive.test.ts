import { lstat, mkdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { type BreakoutRange, openRange } from '../../../test/breakout.ts'
import { copyArchiveTo } from '../../../test/copy-archive.ts'
import { failureOf } from '../../../test/failure.ts'
import { makeFolder, treeOf } from '../../../test/folder.ts'
import { digestOf } from '../../../test/project.ts'
import { folder, gnuLong, pax, streamOf, type TarEntry, tar } from '../../../test/tar.ts'
import type { ManifestHead } from '../../manifest/manifest.ts'

const root = folder('app')
const index: TarEntry = { name: 'app/index.php', content: '<?php echo 1;' }

function extract(bytes: Uint8Array, target: string, limits: object = {}, piece?: number) {
  return copyArchiveTo(target, streamOf(bytes, piece), { limits, inThread: false })
}

/** What came of a good archive: its tree. */
async function extracted(entries: readonly TarEntry[]): Promise<Record<string, string>> {
  const { target, expectUnharmed } = await openRange()
  await extract(tar([root, ...entries]), target)
  await expectUnharmed()
  return treeOf(target)
}

describe('a good source', () => {
  it.each([1, 511, 512, 513, 65_536])('is written from pieces of %i bytes', async (piece) => {
    const target = await makeFolder()
    const entries = [
      root,
      folder('app/public'),
      { name: 'app/public/index.php', content: 'x'.repeat(1_500) },
      index,
    ]

    const report = await extract(tar(entries), target, {}, piece)

    expect(report).toMatchObject({ files: 2, bytes: 1_513, written: 2 })
    expect(await readFile(join(target, 'public/index.php'), 'utf8')).toBe('x'.repeat(1_500))
    expect(await readFile(join(target, 'index.php'), 'utf8')).toBe(index.content)
  })

  it('is written as it is when a file does not fit into memory', async () => {
    const target = await makeFolder()
    const content = Buffer.alloc(3 * 1_048_576 + 5, 'slipway ')

    await extract(tar([root, { name: 'app/large', content }, index]), target, {}, 65_536)

    expect(content.equals(await readFile(join(target, 'large')))).toBe(true)
    expect(await readFile(join(target, 'index.php'), 'utf8')).toBe(index.content)
  })

  it('may have names that a shell would stumble over', async () => {
    const names = ['-rf', '$(touch x)', 'a b', '*', '..a', 'ümläut', '.env', 'Case', 'case']

    const tree = await extracted(names.map((name) => ({ name: `app/${name}`, content: name })))

    expect(Object.keys(tree).toSorted()).toEqual(names.toSorted())
  })

  it.each<[string, TarEntry[]]>([
    ['GNU', [gnuLong('gnu-long-name', `app/${'n'.repeat(200)}`), { name: 'app/short', content: 'x' }]],
    ['PAX', [pax({ path: `app/${'n'.repeat(200)}` }), { name: 'app/short', content: 'x' }]],
  ])('may have long names as %s writes them', async (_form, entries) => {
    expect(Object.keys(await extracted(entries))).toEqual(['n'.repeat(200)])
  })

  it.each<[string, TarEntry[]]>([
    [
      'GNU',
      [gnuLong('gnu-long-target', `d/${'t'.repeat(150)}`), { name: 'app/l', type: 'symlink', linkname: 'x' }],
    ],
    ['PAX', [pax({ linkpath: `d/${'t'.repeat(150)}` }), { name: 'app/l', type: 'symlink', linkname: 'x' }]],
  ])('may have long targets of links as %s writes them', async (_form, entries) => {
    expect(await extracted(entries)).toEqual({ l: `link d/${'t'.repeat(150)}` })
  })

  it('keeps links that stay inside', async () => {
    const link = (name: string, linkname: string): TarEntry => ({
      name: `app/${name}`,
      type: 'symlink',
      linkname,
    })

    const tree = await extracted([
      folder('app/a'),
      folder('app/a/b'),
      link('a/up', '../index.php'),
      link('a/b/top', '../../index.php'),
      link('a/here', './b'),
      link('dangling', 'nowhere/at/all'),
      link('root', '.'),
    ])

    expect(tree).toMatchObject({
      'a/up': 'link ../index.php',
      'a/b/top': 'link ../../index.php',
      'a/here': 'link ./b',
      dangling: 'link nowhere/at/all',
      root: 'link .',
    })
  })

  it('has hard links with the content of what they name, prefix or not', async () => {
    const target = await makeFolder()
    const entries = [
      root,
      folder('app/z'),
      index,
      { name: 'app/z/again.php', type: 'link', linkname: 'app/index.php' },
      { name: 'app/z/third.php', type: 'link', linkname: 'app/z/again.php' },
    ] as const

    await extract(tar(entries), target)

    expect(await readFile(join(target, 'z/third.php'), 'utf8')).toBe(index.content)
    expect((await stat(join(target, 'z/again.php'))).ino).toBe((await stat(join(target, 'index.php'))).ino)
  })

  it.each([
    ['setuid and setgid', 0o6755, 0o755],
    ['the sticky bit', 0o1644, 0o644],
    ['no rights at all', 0o000, 0o644],
    ['rights for everybody', 0o777, 0o755],
    ['everybody may write', 0o666, 0o644],
    ['only its owner may run it', 0o100, 0o755],
  ])('gives a file with %s the mode that a site needs', async (_what, mode, written) => {
    const tree = await extracted([{ ...index, mode }])

    expect(tree['index.php']).toMatch(new RegExp(`^file ${written.toString(8)} `))
  })

  it.each([0o000, 0o7777, 0o500])('gives a folder of mode %o the mode that a site needs', async (mode) => {
    expect(await extracted([folder('app/d', mode), { name: 'app/d/f', content: 'x' }])).toMatchObject({
      d: 'folder 755',
    })
  })

  it('drops attributes that could give rights', async () => {
    const tree = await extracted([pax({ 'SCHILY.xattr.security.capability': 'cap_setuid' }), index])

    expect(Object.keys(tree)).toEqual(['index.php'])
  })

  it('belongs to whom the project names', async () => {
    const target = await makeFolder()
    const link: TarEntry = { name: 'app/d/link', type: 'symlink', linkname: 'f' }
    const bytes = tar([root, folder('app/d'), { name: 'app/d/f', content: 'x' }, link])

    await copyArchiveTo(target, streamOf(bytes), { owner: { uid: 1_234, gid: 2_345 } })

    for (const path of ['d', 'd/f', 'd/link'])
      expect(await lstat(join(target, path))).toMatchObject({ uid: 1_234, gid: 2_345 })
  })
})

const hostile: readonly [string, (range: BreakoutRange) => TarEntry[]][] = [
  ['a name that climbs', () => [{ name: 'app/../victim/added', content: 'x' }]],
  ['a name that climbs to the top', () => [{ name: '../victim/added', content: 'x' }]],
  ['an absolute name', ({ victim }) => [{ name: `${victim}/added`, content: 'x' }]],
  ['an absolute name behind the prefix', ({ victim }) => [{ name: `app/${victim}/added`, content: 'x' }]],
  ['a name that only begins like the source', () => [{ name: 'app-evil/added', content: 'x' }]],
  ['a name with an empty part', () => [{ name: 'app//added', content: 'x' }]],
  ['a name with a dot for a part', () => [{ name: 'app/./added', content: 'x' }]],
  ['no name', () => [{ name: '', content: 'x' }]],
  ['the name of the source itself once more', () => [{ name: 'app', content: 'x' }]],
  ['a name with a backslash', () => [{ name: 'app/..\\added', content: 'x' }]],
  ['a name with a line break', () => [{ name: 'app/a\nb', content: 'x' }]],
  ['a name with an escape', () => [{ name: 'app/\u001b[31m', content: 'x' }]],
  ['a name that is no UTF-8', () => [{ name: Buffer.from('app/\xff\xfe', 'latin1'), content: 'x' }]],
  ['a PAX path that climbs', () => [pax({ path: 'app/../victim/added' }), index]],
  ['a PAX path with a NUL', () => [pax({ path: 'app/a\0b' }), index]],
  ['a GNU name that climbs', () => [gnuLong('gnu-long-name', `app/../${'x/'.repeat(80)}`), index]],
  ['a link to an absolute path', ({ victim }) => [{ name: 'app/l', type: 'symlink', linkname: victim }]],
  ['a link that climbs', ({ climb }) => [{ name: 'app/l', type: 'symlink', linkname: climb }]],
  [
    'a link that climbs out of a folder',
    ({ climb }) => [folder('app/d'), { name: 'app/d/l', type: 'symlink', linkname: `../${climb}` }],
  ],
  [
    'a link that climbs after a name',
    () => [folder('app/d'), { name: 'app/l', type: 'symlink', linkname: 'd/../../victim' }],
  ],
  ['a link that leads nowhere', () => [{ name: 'app/l', type: 'symlink' }]],
  [
    'a PAX target that is absolute',
    ({ victim }) => [pax({ linkpath: victim }), { name: 'app/l', type: 'symlink' }],
  ],
  [
    'a file beneath a link',
    () => [
      folder('app/d'),
      { name: 'app/l', type: 'symlink', linkname: 'd' },
      { name: 'app/l/f', content: 'x' },
    ],
  ],
  [
    'a folder in the place of a link',
    () => [folder('app/d'), { name: 'app/l', type: 'symlink', linkname: 'd' }, folder('app/l')],
  ],
  [
    'a file through a link of its own name',
    () => [
      { name: 'app/l', type: 'symlink', linkname: 'index.php' },
      { name: 'app/l', content: 'x' },
    ],
  ],
  ['a file beneath a file', () => [index, { name: 'app/index.php/f', content: 'x' }]],
  ['a file in a folder that is not there', () => [{ name: 'app/d/f', content: 'x' }]],
  ['the same file twice', () => [index, index]],
  ['the same folder twice', () => [folder('app/d'), folder('app/d')]],
  [
    'a hard link out of the source',
    ({ victim }) => [{ name: 'app/l', type: 'link', linkname: `${victim}/canary` }],
  ],
  ['a hard link that climbs', () => [{ name: 'app/l', type: 'link', linkname: 'app/../victim/canary' }]],
  ['a hard link without the prefix', () => [index, { name: 'app/l', type: 'link', linkname: 'index.php' }]],
  ['a hard link to what is not there', () => [{ name: 'app/l', type: 'link', linkname: 'app/later' }, index]],
  ['a hard link to itself', () => [{ name: 'app/l', type: 'link', linkname: 'app/l' }]],
  [
    'a hard link to a link',
    () => [
      { name: 'app/s', type: 'symlink', linkname: 'index.php' },
      { name: 'app/l', type: 'link', linkname: 'app/s' },
    ],
  ],
  ['a hard link to a folder', () => [folder('app/d'), { name: 'app/l', type: 'link', linkname: 'app/d' }]],
  ['a character device', () => [{ name: 'app/null', type: 'character-device' }]],
  ['a block device', () => [{ name: 'app/disk', type: 'block-device' }]],
  ['a FIFO', () => [{ name: 'app/fifo', type: 'fifo' }]],
  ['a kind that nobody knows', () => [{ name: 'app/sparse', type: 'sparse' }]],
]

const manifestHead: Omit<ManifestHead, 'release'> = {
  ...{ version: 1, deployment: 'd-1', at: 0, digest: digestOf('a'), sourcePath: '/app' },
  ...{ layers: null, owner: null, shared: [], writable: [] },
}

describe('a hostile source', () => {
  it.each(hostile)('is refused for %s, and nobody is harmed', async (_what, entriesOf) => {
    const range = await openRange()

    const error = await failureOf(extract(tar([root, ...entriesOf(range)]), range.target))

    expect(error.code).toBe('SOURCE_REFUSED')
    expect(error.message).not.toMatch(/\p{Cc}/u)
    await range.expectUnharmed()
  })

  it.each(hostile)('is refused for %s also after a good one', async (_what, entriesOf) => {
    const range = await openRange()
    const first = join(await makeFolder(), 'first')
    const head = { ...manifestHead, release: 'first' }
    await mkdir(first)
    await copyArchiveTo(first, streamOf(tar([root, folder('app/d'), index])), {
      ...{ manifest: { path: `${first}.ndjson`, head }, inThread: false },
    })

    const copying = copyArchiveTo(range.target, streamOf(tar([root, ...entriesOf(range)])), {
      ...{ previous: { folder: first, manifest: `${first}.ndjson` }, inThread: false },
    })

    expect((await failureOf(copying)).code).toBe('SOURCE_REFUSED')
    await range.expectUnharmed()
    expect(Object.keys(await treeOf(first))).toEqual(['d', 'index.php'])
  })

  it.each<[string, TarEntry[], object]>([
    ['too many bytes', [index, { name: 'app/b', content: 'x' }], { bytes: '13B' }],
    ['a header that promises too many bytes', [{ name: 'app/b', size: 8 ** 10 }], { bytes: '1GB' }],
    ['a PAX size that is too large', [pax({ size: '99999999999999' }), { name: 'app/b' }], {}],
    ['a file that is too large', [index, { name: 'app/b', content: 'x'.repeat(20) }], { file: '19B' }],
    ['too many entries', [index, folder('app/d'), { name: 'app/e' }], { entries: 2 }],
    ['folders that are too deep', [folder('app/d'), folder('app/d/e'), folder('app/d/e/f')], { depth: 2 }],
    ['a name that is too long', [pax({ path: `app/${'n'.repeat(256)}` }), index], {}],
    ['a name that is too long in bytes', [pax({ path: `app/${'ü'.repeat(128)}` }), index], {}],
    ['a path that is too long', [pax({ path: `app/${'nn/'.repeat(1_400)}n` }), index], { depth: 256 }],
  ])('is too large for %s', async (_what, entries, limits) => {
    const range = await openRange()

    const error = await failureOf(extract(tar([root, ...entries]), range.target, limits))

    expect(error.code).toBe('SOURCE_TOO_LARGE')
    await range.expectUnharmed()
  })
})

describe('a source path', () => {
  it('that is a link is refused', async () => {
    const range = await openRange()
    const bytes = tar([{ name: 'app', type: 'symlink', linkname: range.victim }])

    const error = await failureOf(extract(bytes, range.target))

    expect(error.code).toBe('SOURCE_REFUSED')
    expect(error.message).toContain('is a link')
    await range.expectUnharmed()
  })

  it('that is a file is missing', async () => {
    const error = await failureOf(extract(tar([{ name: 'app', content: 'x' }]), await makeFolder()))

    expect(error.code).toBe('SOURCE_MISSING')
  })

  it('that is empty gives no file', async () => {
    expect(await extract(tar([root]), await makeFolder())).toMatchObject({ files: 0, bytes: 0 })
  })
})

describe('a broken archive', () => {
  const whole = tar([root, { name: 'app/a', content: 'a'.repeat(2_000) }, index])
  const end = 1_024

  it.each<[string, Uint8Array]>([
    ['nothing', Buffer.alloc(0)],
    ['a header that is cut', whole.subarray(0, 700)],
    ['a file that is cut', whole.subarray(0, 1_800)],
    ['an end between two entries', whole.subarray(0, 512 + 512 + 2_048)],
    ['no end mark', whole.subarray(0, whole.length - end)],
    ['half an end mark', whole.subarray(0, whole.length - end / 2)],
    [
      'no end mark after a file that is empty bytes',
      tar([root, { name: 'app/zeros', content: Buffer.alloc(2_048) }], Buffer.alloc(0)),
    ],
    [
      'half an end mark after a file that is empty bytes',
      tar([root, { name: 'app/zeros', content: Buffer.alloc(700) }], Buffer.alloc(512)),
    ],
    ['something after its end', Buffer.concat([whole, Buffer.from('more')])],
    ['a header that does not add up', flipped(whole, 512 + 3)],
    ['text', Buffer.from('<html>'.repeat(500))],
    ['a size that is no number', tar([root, pax({ size: 'many' }), index])],
  ])('is told by %s', async (_what, bytes) => {
    expect((await failureOf(extract(bytes, await makeFolder()))).code).toBe('ARCHIVE_BROKEN')
  })

  it('is told by a stream that breaks off', async () => {
    const stream = new PassThrough()
    stream.write(whole.subarray(0, 1_800))
    const extracting = copyArchiveTo(await makeFolder(), stream)

    stream.destroy(new Error('socket hang up'))

    expect((await failureOf(extracting)).code).toBe('ARCHIVE_BROKEN')
  })

  it('is given up when the signal fires, with its reason', async () => {
    const stream = new PassThrough()
    stream.write(whole.subarray(0, 1_800))
    const stop = new AbortController()
    const reason = new Error('enough')
    const copying = copyArchiveTo(await makeFolder(), stream, { signal: stop.signal })
    const given = expect(copying).rejects.toBe(reason)

    stop.abort(reason)

    await given
    expect(stream.destroyed).toBe(true)
  })
})

function flipped(bytes: Uint8Array, at: number): Uint8Array {
  const copy = Buffer.from(bytes)
  copy[at] = (copy[at] ?? 0) ^ 1
  return copy
}
