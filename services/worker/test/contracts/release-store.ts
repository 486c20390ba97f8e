import { randomBytes } from 'node:crypto'
import { currentTarget, type Release, type SwitchIntent } from '@slipway/core'
import { describe, expect, it } from 'vitest'
import type { ReleaseStore } from '../../src/ports/release-store.ts'
import { calm, failureOf } from '../failure.ts'
import { plainCopy, projectOf, releaseOf, sourceOf } from '../project.ts'
import { sourceTar, streamOf, tar } from '../tar.ts'

const files = { 'public/index.php': '<?php echo 1;', 'composer.json': '{}' }

export interface ReleaseStoreFixture {
  /** Its root is empty and prepared by nobody. */
  readonly store: ReleaseStore
  /** Leaves what a run that dies while it copies leaves. */
  litter(): Promise<void>
  /** Puts a file into a release that is not of its source. */
  spoil(release: Release, path: string): Promise<void>
}

type Make = () => Promise<ReleaseStoreFixture>

/** What every ReleaseStore keeps. */
export function describeReleaseStore(name: string, make: Make): void {
  describe(`${name} as a release store`, () => {
    it('knows nothing at first', async () => {
      const store = await prepared(make)

      expect(await store.state()).toEqual({ live: null, good: null, seq: 0 })
      expect(await store.current()).toBeNull()
      expect(await store.intent()).toBeNull()
    })

    it('can be prepared again and forgets nothing by that', async () => {
      const store = await prepared(make)
      const live = releaseOf(1, 'a', { status: 'live' })
      await store.saveState({ live, good: null, seq: 7 })

      await store.prepare()

      expect(await store.state()).toEqual({ live, good: null, seq: 7 })
    })

    it('copies a source and says how much it was', async () => {
      const store = await prepared(make)
      const release = newRelease()

      const report = await copy(store, release)

      expect(report).toEqual({
        ...{ way: 'archive', files: 2, bytes: 15 },
        ...{ linked: 0, written: 2, writtenBytes: 15 },
      })
      expect(await store.isPresent(release)).toBe(true)
    })

    it('makes a release without a file, and finds it like one that was copied', async () => {
      const store = await prepared(make)
      const release = newRelease()
      await store.saveRelease(release)

      await store.createEmpty(release)
      await store.createEmpty(release)

      expect(await store.isPresent(release)).toBe(true)
      expect(await store.findCopied(release.seq, release.digest)).toEqual(release)
      await store.remove(release)
      expect(await store.isPresent(release)).toBe(false)
    })

    it('finds a copied release by its seq and digest, once its record is saved', async () => {
      const store = await prepared(make)
      const release = newRelease()
      await copy(store, release)
      await store.saveRelease(release)

      expect(await store.findCopied(release.seq, release.digest)).toEqual(release)
      expect(await store.findCopied(release.seq + 1, release.digest)).toBeNull()
      expect(await store.findCopied(release.seq, releaseOf(1, 'f').digest)).toBeNull()
    })

    it('lists what has a record, and forgets what is removed', async () => {
      const store = await prepared(make)
      const [stays, goes] = [newRelease(), newRelease()]
      for (const release of [stays, goes]) {
        await copy(store, release)
        await store.saveRelease(release)
      }

      await store.remove(goes)

      expect(await store.releases()).toEqual([stays])
      expect(await store.isPresent(goes)).toBe(false)
      expect(await store.isPresent(stays)).toBe(true)
    })

    it('says whether a release has a path', async () => {
      const store = await prepared(make)
      const release = newRelease()
      const has = (path: string) => store.has(release, path)
      const before = await has('composer.json')
      await copy(store, release)

      expect([before, await has('public/index.php'), await has('public/none.php')]).toEqual([
        false,
        true,
        false,
      ])
    })

    it('removes a release whose folder is gone already', async () => {
      const store = await prepared(make)
      const release = newRelease()
      await store.saveRelease(release)

      await store.remove(release)

      expect(await store.releases()).toEqual([])
    })

    it.each(['live', 'bad'] as const)('does not take a %s release for a copied one', async (status) => {
      const store = await prepared(make)
      const release = { ...newRelease(), status }
      await copy(store, release)
      await store.saveRelease(release)

      expect(await store.findCopied(release.seq, release.digest)).toBeNull()
    })

    it('does not find a release whose folder is gone', async () => {
      const store = await prepared(make)
      const release = newRelease()
      await store.saveRelease(release)

      expect(await store.isPresent(release)).toBe(false)
      expect(await store.findCopied(release.seq, release.digest)).toBeNull()
    })

    it('keeps no release whose source lacks a required file', async () => {
      const store = await prepared(make)
      const release = newRelease()

      const error = await failureOf(copy(store, release, { require: ['public/missing.php'] }))

      expect(error.code).toBe('SOURCE_MISSING')
      expect(error.message).toContain('public/missing.php')
      expect(await store.isPresent(release)).toBe(false)
    })

    it('keeps no release of a source without a file', async () => {
      const store = await prepared(make)
      const release = newRelease()

      const error = await failureOf(copy(store, release, {}, tar([{ name: 'app/', type: 'directory' }])))

      expect(error.code).toBe('SOURCE_MISSING')
      expect(await store.isPresent(release)).toBe(false)
    })

    it('says why a release cannot be made from layers, and leaves nothing of it', async () => {
      const store = await prepared(make)
      const [first, second] = [newRelease(1), newRelease(2)]
      await copy(store, first)

      const { settings, signal } = { ...plainCopy, signal: calm }
      const layers = [{ digest: `sha256:${'a'.repeat(64)}`, size: 1, packing: 'gzip' } as const]
      const done = await store.copyLayers({
        ...{ release: second, previous: first, source: sourceOf(), settings, signal },
        ...{ image: { digest: second.digest, layers, volumes: [] }, before: null },
        fetch: () => Promise.reject(new Error('nobody fetches these')),
      })

      expect(done).toEqual({ unfit: expect.any(String) })
      expect(await store.isPresent(second)).toBe(false)
      expect(await store.hasLeftovers()).toBe(false)
    })

    it('keeps no release of an archive that ends early', async () => {
      const store = await prepared(make)
      const release = newRelease()

      const error = await failureOf(copy(store, release, {}, sourceTar(files).subarray(0, 1_800)))

      expect(error.code).toBe('ARCHIVE_BROKEN')
      expect(await store.isPresent(release)).toBe(false)
    })

    it('stops copying when it is told to', async () => {
      const store = await prepared(make)
      const release = newRelease()
      const reason = new Error('enough')

      const copying = copy(store, release, {}, sourceTar(files), AbortSignal.abort(reason))

      await expect(copying).rejects.toBe(reason)
      expect(await store.isPresent(release)).toBe(false)
    })

    it('points current at a release, and at the next', async () => {
      const store = await prepared(make)
      const [first, second] = [newRelease(1), newRelease(2)]
      await copy(store, first)
      await copy(store, second)

      await store.switchTo(first)
      await store.switchTo(second)

      expect(await store.current()).toBe(currentTarget(second))
    })

    it('restores what current held before slipway came', async () => {
      const store = await prepared(make)
      const release = newRelease()
      await copy(store, release)
      await store.switchTo(release)

      await store.restore('../old-site')

      expect(await store.current()).toBe('../old-site')
    })

    it('takes current away when there was none before', async () => {
      const store = await prepared(make)
      const release = newRelease()
      await copy(store, release)
      await store.switchTo(release)

      await store.restore(null)
      await store.restore(null)

      expect(await store.current()).toBeNull()
    })

    it('keeps the note of a switch until it is cleared', async () => {
      const store = await prepared(make)
      const intent: SwitchIntent = {
        deployment: 'd-1',
        to: newRelease(2),
        back: newRelease(1),
        before: 'releases/old',
        failure: { code: 'CHECK_FAILED', message: 'it answered 500' },
        at: 12,
      }
      await store.saveIntent({ ...intent, failure: null })

      await store.saveIntent(intent)

      expect(await store.intent()).toEqual(intent)
      await store.clearIntent()
      await store.clearIntent()
      expect(await store.intent()).toBeNull()
    })

    it('tells whether a died run left something, until it is prepared', async () => {
      const { store, litter } = await make()
      const untouched = await store.hasLeftovers()
      await store.prepare()
      await copy(store, newRelease())
      const copied = await store.hasLeftovers()

      await litter()

      expect([untouched, copied]).toEqual([false, false])
      expect(await store.hasLeftovers()).toBe(true)
      await store.prepare()
      expect(await store.hasLeftovers()).toBe(false)
    })

    it('remembers the mark of the Redis that it worked with', async () => {
      const { store } = await make()
      const before = await store.epoch()
      await store.prepare()

      await store.saveEpoch('first')
      await store.saveEpoch('second')

      expect(before).toBeNull()
      await store.prepare()
      expect(await store.epoch()).toBe('second')
    })

    it('has a manifest of what it copied, as long as the release is there', async () => {
      const store = await prepared(make)
      const release = newRelease()
      const before = await store.hasManifest(release)
      await copy(store, release)
      await store.saveRelease(release)
      const copied = await store.hasManifest(release)

      await store.remove(release)

      expect([before, copied, await store.hasManifest(release)]).toEqual([false, true, false])
    })

    it('finds a release to be what its manifest says', async () => {
      const store = await prepared(make)
      const release = newRelease()
      await copy(store, release)

      const report = await store.verify(release, { full: true, signal: calm })

      expect(report).toMatchObject({ release: release.name, digest: release.digest, files: 2 })
      expect(report.counts).toEqual({ added: 0, changed: 0, missing: 0 })
    })

    it('finds what was put into a release, also after its manifest was brought up to date', async () => {
      const { store, spoil } = await make()
      await store.prepare()
      const release = newRelease()
      await copy(store, release)
      await spoil(release, 'public/shell.php')

      await store.reseal(release, calm)

      const { added, counts } = await store.verify(release, { full: false, signal: calm })
      expect(added).toEqual(['public/shell.php'])
      expect(counts).toEqual({ added: 1, changed: 0, missing: 0 })
    })

    it('does not compare a release that has no manifest', async () => {
      const store = await prepared(make)
      const release = newRelease()
      await store.saveRelease(release)

      const looking = failureOf(store.verify(release, { full: false, signal: calm }))
      const mending = failureOf(store.reseal(release, calm))

      expect([(await looking).code, (await mending).code]).toEqual(['RELEASE_UNKNOWN', 'RELEASE_UNKNOWN'])
    })

    it('links shared paths of a release twice without harm', async () => {
      const store = await prepared(make)
      const release = newRelease()
      await copy(store, release)
      const { release: layout } = projectOf({ release: { root: '/srv/x', shared: ['storage'] } })

      await store.linkShared(release, layout, new AbortController().signal)
      await store.linkShared(release, layout, new AbortController().signal)

      expect(await store.isPresent(release)).toBe(true)
    })
  })
}

async function prepared(make: Make): Promise<ReleaseStore> {
  const { store } = await make()
  await store.prepare()
  return store
}

function newRelease(seq = 1): Release {
  const release = releaseOf(seq, 'a')
  return { ...release, name: release.name.replace(/rand$/, randomBytes(2).toString('hex')) }
}

function copy(
  store: ReleaseStore,
  release: Release,
  more: object = {},
  bytes = sourceTar(files),
  signal = calm,
) {
  const source = sourceOf(more)
  return store.copy({ release, archive: streamOf(bytes), source, ...plainCopy, signal })
}
