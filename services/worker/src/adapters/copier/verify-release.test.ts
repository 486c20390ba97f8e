import { chmod, mkdir, readFile, rename, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import type { Release } from '@slipway/core'
import { describe, expect, it } from 'vitest'
import { calm, failureOf } from '../../../test/failure.ts'
import { fill } from '../../../test/folder.ts'
import { openReleaseLab, type ReleaseLab } from '../../../test/release-lab.ts'
import { folder, sourceTar, tar } from '../../../test/tar.ts'

const clean = { added: 0, changed: 0, missing: 0 }
const settings = { shared: ['storage', 'etc/.env'], writable: ['var/cache', 'storage/logs'] }
const archive = tar([
  ...[folder('app'), folder('app/lib'), folder('app/var'), folder('app/var/cache')],
  { name: 'app/index.php', content: '<?php echo 1;' },
  { name: 'app/lib/a.php', content: 'aaaa' },
  { name: 'app/lib/link', type: 'symlink', linkname: 'a.php' },
  { name: 'app/var/cache/warm', content: 'x' },
])

async function deployed(): Promise<{ lab: ReleaseLab; release: Release; place: string }> {
  const lab = await openReleaseLab()
  const { release } = await lab.deploy(archive, { settings })
  return { lab, release, place: lab.placeOf(release) }
}

const look = (lab: ReleaseLab, release: Release, full = false) =>
  lab.store.verify(release, { full, signal: calm })

async function writeInPlace(path: string, content: string): Promise<void> {
  const { atime, mtime } = await stat(path)
  await writeFile(path, content)
  await utimes(path, atime, mtime)
}

describe('a release that is compared with its manifest', () => {
  it('is what it says, and nothing is read for that', async () => {
    const { lab, release } = await deployed()

    const report = await look(lab, release)

    expect(report).toMatchObject({ release: release.name, digest: release.digest, counts: clean })
    expect(report).toMatchObject({ read: 0, files: 2 })
  })

  it('is read as a whole when that is asked for', async () => {
    const { lab, release } = await deployed()

    expect(await look(lab, release, true)).toMatchObject({ counts: clean, read: 2 })
  })

  it.each<[string, string, (place: string, root: string) => Promise<unknown>]>([
    ['a file of its own', 'added lib/shell.php', (place) => writeFile(`${place}/lib/shell.php`, 'x')],
    ['a folder of its own', 'added lib/new', (place) => mkdir(`${place}/lib/new`)],
    ['other content', 'changed lib/a.php', (place) => writeFile(`${place}/lib/a.php`, 'longer')],
    ['content put in place', 'changed lib/a.php', (place) => writeInPlace(`${place}/lib/a.php`, 'evil')],
    ['another mode', 'changed lib/a.php', (place) => chmod(`${place}/lib/a.php`, 0o666)],
    ['an open folder', 'changed lib', (place) => chmod(`${place}/lib`, 0o777)],
    [
      'a link for a file',
      'changed index.php',
      async (place) => {
        await rm(`${place}/index.php`)
        await symlink('lib/a.php', `${place}/index.php`)
      },
    ],
    [
      'a link to elsewhere',
      'changed lib/link',
      async (place) => {
        await rm(`${place}/lib/link`)
        await symlink('/etc/passwd', `${place}/lib/link`)
      },
    ],
    [
      'a shared path that leads elsewhere',
      'changed storage',
      async (place) => {
        await rm(`${place}/storage`)
        await symlink('/etc', `${place}/storage`)
      },
    ],
    [
      'a shared path that is a folder',
      'changed storage',
      async (place) => {
        await rm(`${place}/storage`)
        await mkdir(`${place}/storage`)
      },
    ],
    [
      'a link for a writable folder',
      'changed var/cache',
      async (place, root) => {
        await rename(`${place}/var/cache`, `${root}/cache`)
        await symlink(`${root}/cache`, `${place}/var/cache`)
      },
    ],
    ['no file where one was', 'missing lib/a.php', (place) => rm(`${place}/lib/a.php`)],
    ['no shared path', 'missing etc/.env', (place) => rm(`${place}/etc/.env`)],
  ])('shows %s', async (_what, drift, spoil) => {
    const { lab, release, place } = await deployed()
    await spoil(place, lab.root)

    const { added, changed, missing, counts } = await look(lab, release)

    const all = Object.entries({ added, changed, missing })
    expect(all.flatMap(([kind, paths]) => paths.map((path) => `${kind} ${path}`))).toEqual([drift])
    expect(Object.values(counts).reduce((sum, count) => sum + count)).toBe(1)
  })

  it('shows what lies in a folder that became a link as missing, and follows no link', async () => {
    const { lab, release, place } = await deployed()
    await fill(lab.root, { 'elsewhere/other.php': 'x' })
    await rm(`${place}/lib`, { recursive: true })
    await symlink(`${lab.root}/elsewhere`, `${place}/lib`)

    const report = await look(lab, release)

    expect(report).toMatchObject({ added: [], changed: ['lib'], missing: ['lib/a.php', 'lib/link'] })
  })

  it('says nothing of what the site writes where it may', async () => {
    const { lab, release, place } = await deployed()
    await fill(place, { 'var/cache/new': 'x', 'var/cache/warm': 'other', 'storage/logs/today': 'x' })
    await chmod(`${place}/var/cache`, 0o700)

    expect(await look(lab, release, true)).toMatchObject({ counts: clean })
  })

  it('counts all that is wrong and names two hundred of it', async () => {
    const { lab, release, place } = await deployed()
    await fill(place, Object.fromEntries(Array.from({ length: 205 }, (_, at) => [`lib/${at + 100}`, 'x'])))

    const { added, counts } = await look(lab, release)

    expect(counts.added).toBe(205)
    expect(added).toHaveLength(200)
    expect(added).toEqual(added.toSorted())
  })

  it('reads only the files that something happened to', async () => {
    const { lab, release, place } = await deployed()
    await utimes(`${place}/lib/a.php`, 1, 1)

    expect(await look(lab, release)).toMatchObject({ counts: clean, read: 1, files: 2 })
  })

  it('that is gone is unknown', async () => {
    const { lab, release, place } = await deployed()
    await rm(place, { recursive: true })

    expect((await failureOf(look(lab, release))).code).toBe('RELEASE_UNKNOWN')
  })

  it('is not compared any further when the signal fires', async () => {
    const { lab, release } = await deployed()
    const reason = new Error('enough')

    const looking = lab.store.verify(release, { full: true, signal: AbortSignal.abort(reason) })

    await expect(looking).rejects.toBe(reason)
  })
})

describe('a manifest after an older release was deleted', () => {
  const files = sourceTar({ 'a.php': 'aaaa', 'b.php': 'bbbb', 'c.php': 'cccc' })

  it('is brought up to date, so that nothing has to be read any more', async () => {
    const lab = await openReleaseLab()
    const { release: old } = await lab.deploy(files)
    const { release } = await lab.deploy(files, { previous: old })
    await lab.store.remove(old)
    const before = await look(lab, release)

    const resealed = await lab.store.reseal(release, calm)

    expect(before).toMatchObject({ counts: clean, read: 3 })
    expect(resealed).toBe(3)
    expect(await look(lab, release)).toMatchObject({ counts: clean, read: 0 })
  })

  it('still knows what was changed', async () => {
    const lab = await openReleaseLab()
    const { release } = await lab.deploy(files)
    await writeInPlace(lab.placeOf(release, 'a.php'), 'evil')
    await utimes(lab.placeOf(release, 'b.php'), 1, 1)

    const resealed = await lab.store.reseal(release, calm)

    expect(resealed).toBe(1)
    expect(await look(lab, release)).toMatchObject({ changed: ['a.php'], read: 1 })
  })

  it('is not written again when nothing happened', async () => {
    const lab = await openReleaseLab()
    const { release } = await lab.deploy(files)
    const before = await stat(lab.manifestOf(release))

    await lab.store.reseal(release, calm)

    expect((await stat(lab.manifestOf(release))).ino).toBe(before.ino)
  })

  it('is swept when its release has no record, and stays otherwise', async () => {
    const lab = await openReleaseLab()
    const { release } = await lab.deploy(files)
    const orphan = lab.manifestOf(release).replace('1-', '2-')
    await writeFile(orphan, await readFile(lab.manifestOf(release)))
    await writeFile(`${lab.manifestOf(release)}.tmp`, 'half')

    await lab.store.prepare()

    expect(await lab.store.hasManifest(release)).toBe(true)
    await expect(stat(orphan)).rejects.toMatchObject({ code: 'ENOENT' })
    await expect(stat(`${lab.manifestOf(release)}.tmp`)).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('goes with its release, also when the site made folders in it read-only', async () => {
    const lab = await openReleaseLab()
    const { release } = await lab.deploy(files)
    await fill(lab.placeOf(release), { 'cache/deep/file': 'x' })
    await chmod(lab.placeOf(release, 'cache/deep'), 0o000)

    await lab.store.remove(release)

    expect(await lab.store.isPresent(release)).toBe(false)
    expect(await lab.store.hasManifest(release)).toBe(false)
  })
})
