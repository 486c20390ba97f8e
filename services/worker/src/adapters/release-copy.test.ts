import {
  chmod,
  chown,
  link,
  mkdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { PassThrough } from 'node:stream'
import { describe, expect, it, vi } from 'vitest'
import { calm, failureOf } from '../../test/failure.ts'
import { fill, namesBelow, treeOf } from '../../test/folder.ts'
import { plainCopy, releaseOf, sourceOf } from '../../test/project.ts'
import { openReleaseLab, type ReleaseLab } from '../../test/release-lab.ts'
import { folder, sourceTar, streamOf, type TarEntry, tar } from '../../test/tar.ts'
import { createFileReleaseStore } from './file-release-store.ts'

const files = { 'index.php': '<?php echo 1;', 'lib/a.php': 'aaaa', 'lib/b.php': 'bbbb' }

/** The same source twice, with something done to the first release in between. */
async function again(between: (lab: ReleaseLab, place: string) => Promise<unknown>, second: object = {}) {
  const lab = await openReleaseLab()
  const first = await lab.deploy(sourceTar(files))
  await between(lab, lab.placeOf(first.release))
  const { release, report } = await lab.deploy(sourceTar({ ...files, ...second }), {
    previous: first.release,
  })
  return { lab, first: first.release, second: release, report }
}

const inodeOf = async (path: string) => (await stat(path)).ino

describe('a release after another', () => {
  it('has what did not change as hard links, and the rest of its own', async () => {
    const { lab, first, second, report } = await again(async () => {}, { 'lib/b.php': 'BBBB' })

    expect(report).toMatchObject({ files: 3, bytes: 21, linked: 2, written: 1, writtenBytes: 4 })
    expect(await inodeOf(lab.placeOf(second, 'lib/a.php'))).toBe(
      await inodeOf(lab.placeOf(first, 'lib/a.php')),
    )
    expect(await readFile(lab.placeOf(first, 'lib/b.php'), 'utf8')).toBe('bbbb')
    expect(await readFile(lab.placeOf(second, 'lib/b.php'), 'utf8')).toBe('BBBB')
  })

  it('takes over again what was taken over before, without reading it', async () => {
    const { lab, second } = await again(async () => {})

    const { report } = await lab.deploy(sourceTar(files), { previous: second })
    const verified = await lab.store.verify(second, { full: false, signal: calm })

    expect(report).toMatchObject({ linked: 3, written: 0 })
    expect(verified.counts).toEqual({ added: 0, changed: 0, missing: 0 })
  })

  it('takes over a file too large for memory', async () => {
    const lab = await openReleaseLab()
    const large = (mark: string) =>
      tar([folder('app'), { name: 'app/l', content: Buffer.alloc(3_000_000, mark) }])
    const { release: first } = await lab.deploy(large('x'))

    const same = await lab.deploy(large('x'), { previous: first })
    const other = await lab.deploy(large('y'), { previous: first })

    expect(same.report).toMatchObject({ linked: 1, written: 0 })
    expect(await inodeOf(lab.placeOf(same.release, 'l'))).toBe(await inodeOf(lab.placeOf(first, 'l')))
    expect(other.report).toMatchObject({ linked: 0, written: 1, writtenBytes: 3_000_000 })
    expect((await readFile(lab.placeOf(other.release, 'l'))).equals(Buffer.alloc(3_000_000, 'y'))).toBe(true)
  })

  it('takes over a file of which only the times changed', async () => {
    const { report } = await again((_lab, place) => utimes(`${place}/lib/a.php`, 1, 1))

    expect(report).toMatchObject({ linked: 3, written: 0 })
  })

  it.each<[string, (lab: ReleaseLab, place: string) => Promise<unknown>]>([
    [
      'was changed in place, with its time put back',
      async (_lab, place) => {
        const { atime, mtime } = await stat(`${place}/lib/a.php`)
        await writeFile(`${place}/lib/a.php`, 'evil')
        await utimes(`${place}/lib/a.php`, atime, mtime)
      },
    ],
    [
      'was replaced by another of the same content',
      async (_lab, place) => {
        await writeFile(`${place}/lib/new`, 'aaaa')
        await rename(`${place}/lib/new`, `${place}/lib/a.php`)
      },
    ],
    ['has another mode', (_lab, place) => chmod(`${place}/lib/a.php`, 0o666)],
    ['belongs to somebody else', (_lab, place) => chown(`${place}/lib/a.php`, 1_234, 0)],
    ['is gone', (_lab, place) => rm(`${place}/lib/a.php`)],
    [
      'is a link',
      async (lab, place) => {
        await fill(lab.root, { 'elsewhere/a.php': 'aaaa' })
        await rm(`${place}/lib/a.php`)
        await symlink(`${lab.root}/elsewhere/a.php`, `${place}/lib/a.php`)
      },
    ],
  ])('writes a file anew that %s', async (_what, between) => {
    const { lab, second, report } = await again(between)

    expect(report).toMatchObject({ linked: 2, written: 1 })
    expect(await readFile(lab.placeOf(second, 'lib/a.php'), 'utf8')).toBe('aaaa')
    expect((await stat(lab.placeOf(second, 'lib/a.php'))).mode & 0o7777).toBe(0o644)
    expect((await stat(lab.placeOf(second, 'lib/a.php'))).uid).toBe(process.geteuid?.())
  })

  it('takes over nothing through a folder that became a link', async () => {
    const { lab, second, report } = await again(async (lab, place) => {
      // The very same files, so that only the way to them is wrong.
      await mkdir(`${lab.root}/elsewhere`)
      for (const name of ['a.php', 'b.php'])
        await link(`${place}/lib/${name}`, `${lab.root}/elsewhere/${name}`)
      await rm(`${place}/lib`, { recursive: true })
      await symlink(`${lab.root}/elsewhere`, `${place}/lib`)
    })

    expect(report).toMatchObject({ linked: 1, written: 2 })
    expect(await inodeOf(lab.placeOf(second, 'lib/a.php'))).not.toBe(
      await inodeOf(`${lab.root}/elsewhere/a.php`),
    )
  })

  it.each<[string, (lab: ReleaseLab, manifest: string) => Promise<unknown>]>([
    ['is gone', (_lab, manifest) => rm(manifest)],
    ['is cut', async (_lab, manifest) => writeFile(manifest, (await readFile(manifest)).subarray(0, -30))],
    [
      'ends between two lines',
      async (_lab, manifest) => {
        const lines = (await readFile(manifest, 'utf8')).split('\n')
        await writeFile(manifest, `${lines.slice(0, -2).join('\n')}\n`)
      },
    ],
    ['is no text', (_lab, manifest) => writeFile(manifest, Buffer.alloc(5_000, 0xff))],
  ])('takes over nothing from one whose manifest %s', async (_what, spoil) => {
    const lab = await openReleaseLab()
    const { release: first } = await lab.deploy(sourceTar(files))
    await spoil(lab, lab.manifestOf(first))

    const { report } = await lab.deploy(sourceTar(files), { previous: first })

    expect(report).toMatchObject({ linked: 0, written: 3 })
  })

  it('takes over nothing when its project wants full copies', async () => {
    const lab = await openReleaseLab()
    const { release: first } = await lab.deploy(sourceTar(files))

    const { report } = await lab.deploy(sourceTar(files), { previous: first, settings: { copy: 'full' } })

    expect(report).toMatchObject({ linked: 0, written: 3 })
  })

  it('takes over nothing when it belongs to another owner', async () => {
    const lab = await openReleaseLab()
    const { release: first } = await lab.deploy(sourceTar(files))

    const { release, report } = await lab.deploy(sourceTar(files), {
      previous: first,
      settings: { owner: '1234:2345' },
    })

    expect(report).toMatchObject({ linked: 0, written: 3 })
    expect(await stat(lab.placeOf(release, 'lib/a.php'))).toMatchObject({ uid: 1_234, gid: 2_345 })
  })

  it('never shares what the site may write to', async () => {
    const lab = await openReleaseLab()
    const settings = { writable: ['lib'] }
    const { release: first } = await lab.deploy(sourceTar(files), { settings })

    const { release, report } = await lab.deploy(sourceTar(files), { settings, previous: first })

    expect(report).toMatchObject({ linked: 1, written: 2 })
    expect((await stat(lab.placeOf(release, 'lib'))).mode & 0o7777).toBe(0o775)
  })

  it('keeps hard links of its source apart where the site writes to one of them', async () => {
    const lab = await openReleaseLab()
    const hard: TarEntry = { name: 'app/var/a', type: 'link', linkname: 'app/a' }
    const archive = tar([folder('app'), { name: 'app/a', content: 'one' }, folder('app/var'), hard])

    const { release } = await lab.deploy(archive, { settings: { writable: ['var'] } })
    await writeFile(lab.placeOf(release, 'var/a'), 'two')

    expect(await readFile(lab.placeOf(release, 'a'), 'utf8')).toBe('one')
  })

  it('has the first content of shared paths, and does not write what shared/ has', async () => {
    const lab = await openReleaseLab()
    const settings = { shared: ['lib'] }
    const { release: first, report: before } = await lab.deploy(sourceTar(files), { settings })
    const newer = sourceTar({ ...files, 'lib/a.php': 'new!' })

    const { release, report } = await lab.deploy(newer, {
      ...{ settings, previous: first },
      source: { require: ['lib/a.php'] },
    })

    expect(before).toMatchObject({ files: 3, written: 3 })
    expect(report).toMatchObject({ files: 3, linked: 1, written: 0 })
    expect(await readFile(lab.placeOf(release, 'lib/a.php'), 'utf8')).toBe('aaaa')
    const { counts } = await lab.store.verify(release, { full: true, signal: calm })
    expect(counts).toEqual({ added: 0, changed: 0, missing: 0 })
  })

  it('does not have what is required when only an older source had it', async () => {
    const lab = await openReleaseLab()
    const settings = { shared: ['lib'] }
    await lab.deploy(sourceTar(files), { settings })

    const copying = lab.deploy(sourceTar({ 'index.php': 'x' }), {
      settings,
      source: { require: ['lib/a.php'] },
    })

    expect((await failureOf(copying)).code).toBe('SOURCE_MISSING')
  })
})

describe('releases of any kind, one after the other', () => {
  /** A generator of numbers from a seed, so that what fails can be seen again. */
  function dice(seed: number) {
    let state = seed
    return (sides: number) => {
      state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
      return Math.floor((state / 2_147_483_648) * sides)
    }
  }

  function anySource(roll: (sides: number) => number): TarEntry[] {
    const entries: TarEntry[] = [folder('app')]
    const folders = ['app']
    for (let count = 0; count < 25; count += 1) {
      const parent = folders[roll(folders.length)] ?? 'app'
      const name = `${parent}/${'abcdef'[roll(6)]}${roll(4)}`
      if (entries.some((entry) => entry.name === name || entry.name === `${name}/`)) continue
      const kind = roll(10)
      if (kind < 2) {
        folders.push(name)
        entries.push(folder(name))
      } else if (kind < 3) entries.push({ name, type: 'symlink', linkname: 'a0' })
      else if (kind < 4 && entries.some(({ type }) => type === undefined)) {
        const linkname = String(entries.find(({ type }) => type === undefined)?.name)
        entries.push({ name, type: 'link', linkname })
      } else
        entries.push({ name, content: 'xyz'[roll(3)]?.repeat(roll(3)) ?? '', mode: roll(3) ? 0o644 : 0o755 })
    }
    if (!entries.some(({ type }) => type === undefined)) entries.push({ name: 'app/z', content: 'z' })
    return entries
  }

  it.each([1, 2, 3, 4])('are each byte for byte what a full copy is (seed %i)', async (seed) => {
    const roll = dice(seed)
    const lab = await openReleaseLab()
    let previous = (await lab.deploy(tar(anySource(roll)))).release
    let linked = 0
    for (let round = 0; round < 4; round += 1) {
      const archive = tar(anySource(roll))
      const spoilt = (await namesBelow(lab.placeOf(previous)))[roll(8)]
      if (spoilt) await writeFile(lab.placeOf(previous, spoilt), 'evil').catch(() => {})
      const { release, report } = await lab.deploy(archive, { previous })
      const { release: full } = await lab.deploy(archive)

      expect(await treeOf(lab.placeOf(release))).toEqual(await treeOf(lab.placeOf(full)))
      expect((await lab.store.verify(release, { full: true, signal: calm })).counts).toEqual({
        ...{ added: 0, changed: 0, missing: 0 },
      })
      linked += report.linked
      previous = release
    }
    expect(linked).toBeGreaterThan(0)
  })
})

describe('a copy', () => {
  it('does not keep the event loop from turning', async () => {
    const lab = await openReleaseLab()
    const many = Object.fromEntries(Array.from({ length: 3_000 }, (_, at) => [`f${at}`, 'x'.repeat(2_000)]))
    const archive = sourceTar(many)
    const delay = monitorEventLoopDelay({ resolution: 5 })
    delay.enable()

    await lab.deploy(archive)

    delay.disable()
    // The middle of many: what else this machine does may hold up any single turn.
    expect(delay.percentile(90) / 1e6).toBeLessThan(50)
  })

  it('that is stopped in the middle leaves nothing', async () => {
    const lab = await openReleaseLab()
    const release = releaseOf(9, 'a')
    const archive = new PassThrough()
    const stop = new AbortController()
    const reason = new Error('enough')
    const request = { release, archive, source: sourceOf(), ...plainCopy, signal: stop.signal }
    const copying = expect(lab.store.copy(request)).rejects.toBe(reason)
    archive.write(sourceTar({ 'a.php': 'x'.repeat(5_000), 'b.php': 'y' }).subarray(0, 4_000))
    await vi.waitUntil(async () => (await namesBelow(lab.root)).some((name) => name.endsWith('.ndjson.tmp')))

    stop.abort(reason)

    await copying
    expect(archive.destroyed).toBe(true)
    expect(await namesBelow(lab.root)).toEqual(
      (await namesBelow(lab.root)).filter((name) => !name.includes('.tmp')),
    )
    expect(await lab.store.hasManifest(release)).toBe(false)
  })

  it('tells each file before it is written when somebody wants to know, and waits for them', async () => {
    const { root } = await openReleaseLab()
    const seen: number[] = []
    const store = createFileReleaseStore(root, (place) => {
      if (place === 'during:copy') seen.push(performance.now())
    })
    const request = { release: releaseOf(9, 'a'), archive: streamOf(sourceTar(files)), source: sourceOf() }

    await store.copy({ ...request, ...plainCopy, signal: calm })

    expect(seen).toHaveLength(3)
  })
})
