import { randomBytes } from 'node:crypto'
import { lstat, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { zstdCompressSync } from 'node:zlib'
import { fileEntries, type Layer, type LayerEntry, layerOfTar, makeLayer } from '@slipway/lab'
import { describe, expect, it } from 'vitest'
import { failureOf } from '../../../test/failure.ts'
import { treeOf } from '../../../test/folder.ts'
import { createRandom, hashOf, randomHistory } from '../../../test/layer-histories.ts'
import { folder, pax, type TarEntry, tar } from '../../../test/tar.ts'
import {
  archiveOf,
  layersOf,
  leftIn,
  openTwoReleases,
  sourcePath,
  treeByArchive,
} from '../../../test/two-releases.ts'

const files = { 'public/index.php': 'v1', 'vendor/a.php': 'a', 'vendor/b.php': 'b', 'cache/x': 'x' }
const base = placed(files)
const edit = placed({ 'public/index.php': 'v1' })
const histories = 6

const firstAlone = ['1-aaaaaaaaaaaa-rand', '1-aaaaaaaaaaaa-rand.ndjson']
const replacesTheWay = new Set(['var/www', 'var/www/app', '.wh.var', 'var/www/.wh.app'])

const hostile: readonly (readonly [string, readonly TarEntry[]])[] = [
  ['a name that climbs', [{ name: '../evil', content: 'x' }]],
  ['a name that climbs out of the source', [{ name: 'var/www/app/../../../evil', content: 'x' }]],
  [
    'a file below a link',
    [
      { name: 'var/www/app/out', type: 'symlink', linkname: 'public' },
      { name: 'var/www/app/out/evil', content: 'x' },
    ],
  ],
  ['a link out of the source', [{ name: 'var/www/app/out', type: 'symlink', linkname: '../../../victim' }]],
  ['an absolute link', [{ name: 'var/www/app/out', type: 'symlink', linkname: '/etc' }]],
  ['a hard link to outside', [{ name: 'var/www/app/out', type: 'link', linkname: 'etc/passwd' }]],
  [
    'a hard link to a lower layer',
    [{ name: 'var/www/app/out', type: 'link', linkname: 'var/www/app/vendor/a.php' }],
  ],
  [
    'a hard link from outside that changes a mode',
    [
      { name: 'var/www/app/own', content: 'x' },
      { name: 'evil', type: 'link', linkname: 'var/www/app/own', mode: 0o777 },
    ],
  ],
  ['a device', [{ name: 'var/www/app/null', type: 'character-device' }]],
  ['a pipe', [{ name: 'var/www/app/pipe', type: 'fifo' }]],
  ['the source as a link', [{ name: 'var/www/app', type: 'symlink', linkname: 'victim' }]],
  ['a link on the way to the source', [{ name: 'var/www', type: 'symlink', linkname: 'srv' }]],
  [
    'a name twice',
    [
      { name: 'var/www/app/a', content: 'x' },
      { name: 'var/www/app/a', content: 'y' },
    ],
  ],
  ['a name and its whiteout', [{ name: 'var/www/app/a', content: 'x' }, { name: 'var/www/app/.wh.a' }]],
  ['a whiteout of nothing', [{ name: 'var/www/app/.wh.' }]],
  ['a whiteout that climbs', [{ name: 'var/www/app/.wh...' }]],
  ['an unknown whiteout', [{ name: 'var/www/app/.wh..wh.plnk' }]],
  [
    'a folder that is a whiteout',
    [
      { name: 'var/www/app/.wh.a/', type: 'directory' },
      { name: 'var/www/app/.wh.a/b', content: 'x' },
    ],
  ],
  ['a whiteout of the source', [{ name: 'var/www/.wh.app' }]],
  ['a whiteout of what is on the way', [{ name: '.wh.var' }]],
  ['a folder without an entry', [{ name: 'elsewhere/evil', content: 'x' }]],
  ['control characters', [{ name: 'var/www/app/a\nb', content: 'x' }]],
  ['a size in two places', [pax({ size: '3' }), { name: 'var/www/app/a', content: 'xyz' }]],
  ['a sparse file', [pax({ 'GNU.sparse.major': '1' }), { name: 'var/www/app/a', content: 'x' }]],
  [
    'a link with content',
    [{ name: 'var/www/app/a', type: 'symlink', linkname: 'public', content: 'x'.repeat(512) }],
  ],
  ['an entry of an unknown type', [{ name: 'var/www/app/a', type: 'sparse', content: 'x' }]],
]

const broken: readonly (readonly [string, (good: Layer) => Layer | Promise<Layer>])[] = [
  [
    'other bytes than its digest says',
    ({ digest, ...good }) => ({ ...good, digest: digest.replace(/.{6}$/, '000000') }),
  ],
  ['less than all of it', (good) => ({ ...good, bytes: good.bytes.subarray(0, -10) })],
  ['no archive', () => layerOfTar(Buffer.from('no archive at all'.repeat(100)))],
  ['an archive without its end', () => layerOfTar(tar(onTheWay(), Buffer.alloc(0)))],
  [
    'something behind its end',
    () => layerOfTar(Buffer.concat([tar(onTheWay()), tar([{ name: 'var/www/app/late', content: 'x' }])])),
  ],
]

describe('a copy from layers', () => {
  it('reads the layers that changed and links the rest', async () => {
    const { site, shared } = await openSite()

    const done = await site.fromLayers([shared, await layer({ 'public/index.php': 'v2' })])

    expect(done).toMatchObject({ way: 'layers', files: 4, linked: 3, written: 1, fetchedLayers: 2 })
    expect(await site.second()).toEqual(
      await treeByArchive(archiveOf([base, placed({ 'public/index.php': 'v2' })])),
    )
    const places = ['1-aaaaaaaaaaaa-rand', '2-bbbbbbbbbbbb-rand'].map((name) =>
      lstat(join(site.root, 'releases', name, 'vendor/a.php')),
    )
    const [one, other] = await Promise.all(places)
    expect(other?.ino).toBe(one?.ino)
  })

  it('does not read a layer a second time that it knows already', async () => {
    const { site, shared } = await openSite()
    const next = await layer({ 'public/index.php': 'v2' })
    await site.fromLayers([shared, next])
    await site.store.remove({ ...site.first, name: '2-bbbbbbbbbbbb-rand' })

    const again = await site.fromLayers([shared, next])

    expect(again).toMatchObject({ fetchedLayers: 1 })
  })

  it('asks at once for all that comes in a moment', async () => {
    const { site, shared } = await openSite()
    const next = await Promise.all([layer({ 'public/index.php': 'v2' }), layer({ b: 'b' })])
    const bytes = bytesOf([...next, ...(await layersOf([edit]))])
    const all = Promise.withResolvers<void>()
    let asked = 0

    const done = await site.fromLayers([shared, ...next], {
      async fetch({ digest }) {
        asked += 1
        if (asked === bytes.size) all.resolve()
        await all.promise
        return Readable.from([bytes.get(digest)])
      },
    })

    expect(done).toMatchObject({ way: 'layers', fetchedLayers: 3 })
  })

  it('says why a layer did not come that was asked for before its turn', async () => {
    const { site, shared } = await openSite()
    const next = await Promise.all([layer({ 'public/index.php': 'v2' }), layer({ b: 'b' })])
    const bytes = bytesOf([...next, ...(await layersOf([edit]))])

    const done = await site.fromLayers([shared, ...next], {
      async fetch({ digest }) {
        if (digest === next[1]?.digest) throw new Error('The registry has lost it.')
        return Readable.from(slowly(bytes.get(digest)))
      },
    })

    expect(done).toEqual({ unfit: 'The registry has lost it.' })
  })

  it('asks for what is behind a large layer when that was read', async () => {
    const { site, shared } = await openSite()
    const large = await layer({ large: randomBytes(1_200_000).toString('hex') })
    const last = await layer({ 'public/index.php': 'v2' })
    const bytes = bytesOf([large, last, ...(await layersOf([edit]))])
    const steps: string[] = []
    const onRead = () => steps.push('the large one is read')

    const done = await site.fromLayers([shared, large, last], {
      async fetch({ digest }) {
        if (digest === last.digest) steps.push('the last one is asked for')
        return Readable.from(
          digest === large.digest ? slowly(bytes.get(digest), onRead) : [bytes.get(digest)],
        )
      },
    })

    expect(done).toMatchObject({ way: 'layers', fetchedLayers: 3 })
    expect(steps).toEqual(['the large one is read', 'the last one is asked for'])
  })

  it('forgets layers that no release has any more', async () => {
    const { site, shared } = await openSite()
    await site.fromLayers([shared, await layer({ 'public/index.php': 'v2' })])
    const known = () => readdir(join(site.root, '.slipway/layers'))
    await site.store.prepare()
    const before = await known()

    await site.store.remove(site.first)
    await site.store.prepare()

    expect(before).toHaveLength(2)
    expect(await known()).toHaveLength(1)
  })

  it('makes of random histories what their archives are', async () => {
    let made = 0
    for (let seed = 0; seed < histories; seed += 1) {
      const history = randomHistory(createRandom(seed))
      const [before, after] = [history.previous, history.next].map((own) => [...history.shared, ...own])
      const site = await openTwoReleases(await layersOf(before ?? []), archiveOf(before ?? []))

      const done = await site.fromLayers(await layersOf(after ?? []))

      if ('unfit' in done) expect(await site.second()).toBeNull()
      else {
        made += 1
        expect(await site.second(), `seed ${seed}`).toEqual(await treeByArchive(archiveOf(after ?? [])))
      }
    }
    expect(made).toBeGreaterThan(0)
  })

  it('gives the site files of its own where it may write', async () => {
    const { site, shared } = await openSite({ writable: ['cache'] })

    await site.fromLayers([shared, await layer({ 'public/index.php': 'v2' })])

    const place = (name: string) => join(site.root, 'releases', name, 'cache/x')
    expect(await readFile(place('2-bbbbbbbbbbbb-rand'), 'utf8')).toBe('x')
    expect((await lstat(place('2-bbbbbbbbbbbb-rand'))).nlink).toBe(1)
    expect((await lstat(place('1-aaaaaaaaaaaa-rand'))).nlink).toBe(1)
  })

  it('takes no file over that is not as it was written', async () => {
    const { site, shared } = await openSite()
    await writeFile(join(site.root, 'releases', site.first.name, 'vendor/a.php'), 'z')

    const done = await site.fromLayers([shared, await layer({ 'public/index.php': 'v2' })])

    expect(done).toEqual({ unfit: expect.stringContaining('vendor/a.php') })
    expect(await site.second()).toBeNull()
  })

  it('writes what a layer brings again where the release before has it in another state', async () => {
    const { site, shared } = await openSite()
    await writeFile(join(site.root, 'releases', site.first.name, 'public/index.php'), 'by hand')

    const done = await site.fromLayers([shared, await layer({ 'public/index.php': 'v1', 'new.php': 'n' })])

    expect(done).toMatchObject({ way: 'layers', linked: 3, written: 2 })
    expect(await site.second()).toMatchObject(
      (await treeByArchive(archiveOf([base, placed({ 'public/index.php': 'v1', 'new.php': 'n' })]))) ?? {},
    )
  })

  it('reads layers packed in another way', async () => {
    const { site, shared } = await openSite()
    const archive = tar([
      ...onTheWay(),
      folder('var/www/app/public'),
      { name: 'var/www/app/public/index.php', content: 'v2' },
    ])
    const next = { ...(await layerOfTar(archive)), bytes: zstdCompressSync(archive) }
    const packed = { ...next, digest: digestOf(next.bytes) }

    const done = await site.fromLayers([shared, packed], {
      image: {
        digest: '',
        volumes: [],
        layers: [
          { digest: shared.digest, size: shared.bytes.length, packing: 'gzip' },
          { digest: packed.digest, size: packed.bytes.length, packing: 'zstd' },
        ],
      },
    })

    expect(done).toMatchObject({ written: 1, linked: 3 })
  })

  it('makes nothing of hostile entries, and nothing comes to harm', async () => {
    const { site, shared } = await openSite()
    const before = await outside(site.root)
    for (const [what, entries] of hostile) {
      const names = entries.map(({ name }) => String(name))
      const way = names.some((name) => replacesTheWay.has(name)) ? [] : onTheWay()

      const done = await site.fromLayers([shared, await layerOfTar(tar([...way, ...entries]))])

      expect(done, what).toEqual({ unfit: expect.any(String) })
      expect(await leftIn(site.root), what).toEqual(firstAlone)
      expect(await outside(site.root), what).toEqual(before)
    }
  })

  it('makes nothing of layers that are broken', async () => {
    const { site, shared } = await openSite()
    const good = await layer({ 'public/index.php': 'v2' })
    for (const [what, spoil] of broken) {
      const done = await site.fromLayers([shared, await spoil(good)])

      expect(done, what).toEqual({ unfit: expect.any(String) })
      expect(await leftIn(site.root), what).toEqual(firstAlone)
    }
  })

  it('keeps no setuid and no mode but whether a file can be run', async () => {
    const { site, shared } = await openSite()
    const entries = [
      ...onTheWay(),
      folder('var/www/app/public'),
      { name: 'var/www/app/public/index.php' },
      { name: 'var/www/app/tool', content: 'x', mode: 0o6777 },
    ]

    await site.fromLayers([shared, await layerOfTar(tar(entries))])

    expect((await site.second())?.tool).toMatch(/^file 755 /)
  })

  it('ends where a layer unpacks to more than a source may hold', async () => {
    const { site, shared } = await openSite()
    const bomb = await makeLayer([
      ...fileEntries({ [`${sourcePath}/small`]: '' }),
      { header: { name: 'var/www/app/bomb', mode: 0o644 }, zeros: 50_000_000 },
    ])
    const { limits } = { limits: { bytes: 1_000_000, file: 1_000_000, entries: 1_000, depth: 10 } }

    const done = await site.fromLayers([shared, bomb], { source: { path: sourcePath, require: [], limits } })

    expect(done).toEqual({ unfit: expect.stringContaining('too m') })
  })

  it('leaves it to the archive when a layer cannot be fetched', async () => {
    const { site, shared } = await openSite()
    const fetch = async () =>
      new Readable({
        read() {
          this.destroy(new Error('the line is dead'))
        },
      })

    const done = await site.fromLayers([shared, await layer({ 'public/index.php': 'v2' })], { fetch })

    expect(done).toEqual({ unfit: 'the line is dead' })
  })

  it('ends with the reason of its signal, and leaves nothing', async () => {
    const { site, shared } = await openSite()
    const stop = new AbortController()
    const reason = new Error('enough')
    const fetch = async () => {
      setTimeout(() => stop.abort(reason), 20)
      return new Readable({ read() {} })
    }

    const copying = site.fromLayers([shared, await layer({ 'public/index.php': 'v2' })], {
      fetch,
      signal: stop.signal,
    })

    await expect(copying).rejects.toBe(reason)
    expect(await leftIn(site.root)).toEqual(firstAlone)
  })

  it('has no use for a release before that is not there', async () => {
    const { site, shared } = await openSite()
    await site.store.remove(site.first)

    const done = await site.fromLayers([shared])

    expect(done).toEqual({ unfit: expect.stringContaining('no release before') })
    expect(
      (await failureOf(site.store.verify(site.first, { full: false, signal: new AbortController().signal })))
        .code,
    ).toBe('RELEASE_UNKNOWN')
  })
})

async function openSite(release: object = {}) {
  const [shared, own] = await layersOf([base, edit])
  if (!shared || !own) throw new Error('there are two')
  return { shared, site: await openTwoReleases([shared, own], archiveOf([base, edit]), release) }
}

function placed(paths: Readonly<Record<string, string>>): LayerEntry[] {
  return fileEntries(
    Object.fromEntries(Object.entries(paths).map(([path, text]) => [`${sourcePath}/${path}`, text])),
  )
}

function layer(paths: Readonly<Record<string, string>>): Promise<Layer> {
  return makeLayer(placed(paths))
}

/** Slow enough for all that is asked for at once to be asked for. */
async function* slowly(content: Uint8Array | undefined, onRead: () => unknown = () => {}) {
  await sleep(100)
  yield content
  onRead()
}

function bytesOf(layers: readonly Layer[]): ReadonlyMap<string, Uint8Array> {
  return new Map(layers.map(({ digest, bytes }) => [digest, bytes]))
}

function onTheWay(): TarEntry[] {
  return ['var', 'var/www', 'var/www/app'].map((name) => folder(name))
}

/** All beside the release root, and the first release. */
async function outside(root: string): Promise<Record<string, string>> {
  const tree = await treeOf(join(root, '..'))
  return Object.fromEntries(Object.entries(tree).filter(([path]) => !path.startsWith('site/.slipway')))
}

function digestOf(bytes: Uint8Array): string {
  return `sha256:${hashOf(bytes)}`
}
