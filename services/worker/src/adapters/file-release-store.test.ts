import { once } from 'node:events'
import { mkdir, readdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { Worker } from 'node:worker_threads'
import { currentTarget, type Release } from '@slipway/core'
import { describe, expect, it, vi } from 'vitest'
import { calm, failureOf } from '../../test/failure.ts'
import { fill, makeFolder, treeOf } from '../../test/folder.ts'
import { plainCopy, releaseOf, sourceOf } from '../../test/project.ts'
import { folder, sourceTar, streamOf, tar } from '../../test/tar.ts'
import type { ReleaseStore } from '../ports/release-store.ts'
import { createFileReleaseStore } from './file-release-store.ts'

const source = sourceOf()

async function openStore(): Promise<{ root: string; store: ReleaseStore }> {
  const root = join(await makeFolder(), 'shop')
  const store = createFileReleaseStore(root)
  await store.prepare()
  return { root, store }
}

function copy(
  store: ReleaseStore,
  release: Release,
  bytes: Uint8Array = sourceTar({ REVISION: release.name }),
) {
  return store.copy({ release, archive: streamOf(bytes), source, ...plainCopy, signal: calm })
}

describe('a release root', () => {
  it('gets the folders that it lacks, and its parents', async () => {
    const root = join(await makeFolder(), 'srv/sites/shop')

    await createFileReleaseStore(root).prepare()

    expect(await treeOf(root)).toEqual({
      releases: 'folder 755',
      shared: 'folder 755',
      '.slipway': 'folder 755',
      '.slipway/releases': 'folder 755',
      '.slipway/manifests': 'folder 755',
    })
  })

  it('that is a link is refused', async () => {
    const folderOfTest = await makeFolder()
    await mkdir(join(folderOfTest, 'real'))
    await symlink('real', join(folderOfTest, 'shop'))

    const error = await failureOf(createFileReleaseStore(join(folderOfTest, 'shop')).prepare())

    expect(error.code).toBe('RELEASE_STORE_FAILED')
    expect(await treeOf(join(folderOfTest, 'real'))).toEqual({})
  })

  it('that is a file is refused', async () => {
    const root = join(await makeFolder(), 'shop')
    await writeFile(root, '')

    expect((await failureOf(createFileReleaseStore(root).prepare())).code).toBe('RELEASE_STORE_FAILED')
  })

  it('with a real folder for current is refused at once, and the folder stays', async () => {
    const { root, store } = await openStore()
    await fill(root, { 'current/index.php': 'the site of today' })

    const errors = [
      await failureOf(store.prepare()),
      await failureOf(store.switchTo(releaseOf(1, 'a'))),
      await failureOf(store.restore('releases/old')),
      await failureOf(store.restore(null)),
    ]

    expect(errors.map(({ code }) => code)).toEqual(Array(4).fill('RELEASE_STORE_FAILED'))
    expect(await readFile(join(root, 'current/index.php'), 'utf8')).toBe('the site of today')
  })

  it('is swept of what died runs left, and of nothing else', async () => {
    const { root, store } = await openStore()
    await fill(root, {
      'releases/1-aaaaaaaaaaaa-rand/index.php': 'x',
      'shared/.tmp-mine': 'x',
      'notes.txt': 'x',
    })
    const before = await treeOf(root)
    await fill(root, {
      'releases/.tmp-2-bbbbbbbbbbbb-rand/half': 'x',
      '.slipway/releases/2-bbbbbbbbbbbb-rand.json.tmp': '',
    })
    await symlink('releases/nowhere', join(root, '.tmp-current'))

    await store.prepare()

    expect(await treeOf(root)).toEqual(before)
  })

  it('is swept without going through links', async () => {
    const { root, store } = await openStore()
    const victim = join(root, '..', 'victim')
    await fill(victim, { canary: 'sings' })
    await mkdir(join(root, 'releases/.tmp-x'))
    await symlink(victim, join(root, 'releases/.tmp-x/link'))
    await symlink(victim, join(root, 'releases/.tmp-link'))

    await store.prepare()

    expect(await readFile(join(victim, 'canary'), 'utf8')).toBe('sings')
    expect(await readdir(join(root, 'releases'))).toEqual([])
  })
})

describe('a copy', () => {
  it('has its name only when it is complete', async () => {
    const { root, store } = await openStore()
    const release = releaseOf(1, 'a')
    const bytes = sourceTar({ 'a.php': 'x'.repeat(5_000), 'b.php': 'y' })
    const archive = new PassThrough()
    const copying = store.copy({ release, archive, source, ...plainCopy, signal: calm })
    archive.write(bytes.subarray(0, 4_000))
    await vi.waitUntil(async () => (await readdir(join(root, 'releases'))).length > 0)
    const during = await readdir(join(root, 'releases'))

    archive.end(bytes.subarray(4_000))
    await copying

    expect(during).toEqual([`.tmp-${release.name}`])
    expect(await readdir(join(root, 'releases'))).toEqual([release.name])
  })

  it('that fails leaves no folder', async () => {
    const { root, store } = await openStore()
    const hostile = tar([
      folder('app'),
      { name: 'app/ok', content: 'x' },
      { name: 'app/../../evil', content: 'x' },
    ])

    const error = await failureOf(copy(store, releaseOf(1, 'a'), hostile))

    expect(error.code).toBe('SOURCE_REFUSED')
    expect(await readdir(join(root, 'releases'))).toEqual([])
  })

  it('requires what the project names also behind a link', async () => {
    const { store } = await openStore()
    const release = releaseOf(1, 'a')
    const archive = tar([folder('app'), { name: 'app/index.php', type: 'symlink', linkname: 'nowhere' }])
    const request = { release, archive: streamOf(archive), ...plainCopy, signal: calm }

    const copying = store.copy({ ...request, source: { ...source, require: ['index.php'] } })

    expect((await failureOf(copying)).code).toBe('SOURCE_MISSING')
  })

  it('never writes over a release that is there', async () => {
    const { root, store } = await openStore()
    const release = releaseOf(1, 'a')
    await copy(store, release)

    const error = await failureOf(copy(store, release, sourceTar({ other: 'x' })))

    expect(error.code).toBe('RELEASE_STORE_FAILED')
    expect(await readdir(join(root, 'releases', release.name))).toEqual(['REVISION'])
  })
})

describe('the link current', () => {
  it('is relative, so that it holds wherever the root is mounted', async () => {
    const { root, store } = await openStore()
    const release = releaseOf(1, 'a')
    await copy(store, release)

    await store.switchTo(release)

    expect(await readlink(join(root, 'current'))).toBe(`releases/${release.name}`)
    expect(await readFile(join(root, 'current/REVISION'), 'utf8')).toBe(release.name)
  })

  it('is switched also when a died run left its half of it', async () => {
    const { root, store } = await openStore()
    await symlink('releases/nowhere', join(root, '.tmp-current'))

    await store.switchTo(releaseOf(1, 'a'))

    expect(await store.current()).toBe(currentTarget(releaseOf(1, 'a')))
  })

  it('is never missing while it is switched again and again', { timeout: 60_000 }, async () => {
    const switches = 2_000
    const { root, store } = await openStore()
    const releases = [releaseOf(1, 'a'), releaseOf(2, 'b')] as const
    for (const release of releases) await copy(store, release)
    await store.switchTo(releases[0])
    const stop = new Int32Array(new SharedArrayBuffer(4))
    const sampler = new Worker(new URL('../../test/current-sampler.ts', import.meta.url), {
      workerData: { file: join(root, 'current/REVISION'), stop },
    })
    await once(sampler, 'message')

    for (let count = 0; count < switches; count += 1) await store.switchTo(releases[count % 2 === 0 ? 1 : 0])

    Atomics.store(stop, 0, 1)
    const [seen] = (await once(sampler, 'message')) as [{ looks: number; misses: number }]
    expect(seen.looks).toBeGreaterThan(switches)
    expect(seen.misses).toBe(0)
  })
})

describe('records', () => {
  it('are found among other files in their folder', async () => {
    const { root, store } = await openStore()
    const release = releaseOf(1, 'a')
    await copy(store, release)
    await store.saveRelease(release)
    await fill(join(root, '.slipway/releases'), {
      'notes.txt': 'x',
      '1-zz.json': '{',
      '1-aaaaaaaaaaaa-rand.json.tmp': '{',
    })

    expect(await store.findCopied(1, release.digest)).toEqual(release)
  })

  it('of another seq that begins alike are not taken', async () => {
    const { store } = await openStore()
    const release = releaseOf(12, 'a')
    await copy(store, release)
    await store.saveRelease(release)

    expect(await store.findCopied(1, release.digest)).toBeNull()
  })

  it('are for nobody else to read', async () => {
    const { root, store } = await openStore()

    await store.saveState({ live: null, good: null, seq: 1 })
    await store.saveRelease(releaseOf(1, 'a'))

    expect(await treeOf(join(root, '.slipway'))).toMatchObject({
      'state.json': expect.stringMatching(/^file 600 /),
      [`releases/${releaseOf(1, 'a').name}.json`]: expect.stringMatching(/^file 600 /),
    })
  })

  it('that cannot be written are an error of the disk', async () => {
    const { root, store } = await openStore()
    await rm(join(root, '.slipway'), { recursive: true })

    const error = await failureOf(store.saveState({ live: null, good: null, seq: 1 }))

    expect(error.code).toBe('RELEASE_STORE_FAILED')
    expect(error.cause).toMatchObject({ code: 'ENOENT' })
  })
})
