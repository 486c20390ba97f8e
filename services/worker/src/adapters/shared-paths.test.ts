import { cp, lstat, mkdir, readFile, rename, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { failureOf } from '../../test/failure.ts'
import { fill, makeFolder, treeOf } from '../../test/folder.ts'
import { linkSharedPath, makeSharedWritable, makeWritable } from './shared-paths.ts'

interface Root {
  readonly root: string
  readonly shared: string
  /** Makes a release with these files. */
  release(name: string, files?: Readonly<Record<string, string>>): Promise<string>
}

async function openRoot(): Promise<Root> {
  const root = join(await makeFolder(), 'shop')
  const shared = join(root, 'shared')
  await mkdir(shared, { recursive: true })
  return {
    root,
    shared,
    async release(name, files = {}) {
      const folder = join(root, 'releases', name)
      await mkdir(folder, { recursive: true })
      await fill(folder, files)
      return folder
    },
  }
}

const nobody = undefined

describe('a shared path', () => {
  it('takes what the first release brings for its first content', async () => {
    const { shared, release } = await openRoot()
    const first = await release('1', { 'storage/logs/.gitkeep': '', 'storage/seed.txt': 'seed' })

    await linkSharedPath(first, shared, 'storage', nobody)

    expect(await readFile(join(shared, 'storage/seed.txt'), 'utf8')).toBe('seed')
    expect(await treeOf(first)).toEqual({ storage: 'link ../../shared/storage' })
  })

  it('keeps its content when the next release brings other content', async () => {
    const { shared, release } = await openRoot()
    const [first, second] = [
      await release('1', { 'storage/a': 'one' }),
      await release('2', { 'storage/a': 'two' }),
    ]
    await linkSharedPath(first, shared, 'storage', nobody)
    await writeFile(join(first, 'storage/upload'), 'kept')

    await linkSharedPath(second, shared, 'storage', nobody)

    expect(await readFile(join(second, 'storage/a'), 'utf8')).toBe('one')
    expect(await readFile(join(second, 'storage/upload'), 'utf8')).toBe('kept')
    expect(await treeOf(second)).toEqual({ storage: 'link ../../shared/storage' })
  })

  it('is made when no release brings it: a folder, or a file when its name has a dot', async () => {
    const { shared, release } = await openRoot()
    const first = await release('1')

    await linkSharedPath(first, shared, 'storage', nobody)
    await linkSharedPath(first, shared, '.env', nobody)

    expect((await stat(join(first, 'storage'))).isDirectory()).toBe(true)
    expect((await stat(join(first, '.env'))).isFile()).toBe(true)
    expect((await lstat(join(shared, '.env'))).mode & 0o777).toBe(0o640)
  })

  it('may be a file that the release brings', async () => {
    const { shared, release } = await openRoot()
    const first = await release('1', { '.env': 'A=1' })
    const second = await release('2', { '.env': 'A=2' })

    await linkSharedPath(first, shared, '.env', nobody)
    await linkSharedPath(second, shared, '.env', nobody)

    expect(await readFile(join(second, '.env'), 'utf8')).toBe('A=1')
  })

  it('may lie in folders that the release does not have', async () => {
    const { shared, release } = await openRoot()
    const first = await release('1', { 'web/index.php': 'x' })

    await linkSharedPath(first, shared, 'web/sites/default/files', nobody)

    await writeFile(join(first, 'web/sites/default/files/upload'), 'kept')
    expect(await readFile(join(shared, 'web/sites/default/files/upload'), 'utf8')).toBe('kept')
    expect(await readFile(join(first, 'web/index.php'), 'utf8')).toBe('x')
  })

  it('is linked again without harm', async () => {
    const { root, shared, release } = await openRoot()
    const first = await release('1', { 'storage/a': 'one' })
    await linkSharedPath(first, shared, 'storage', nobody)
    const before = await treeOf(root)

    await linkSharedPath(first, shared, 'storage', nobody)

    expect(await treeOf(root)).toEqual(before)
  })

  it('leads to the same place wherever the root is', async () => {
    const { root, shared, release } = await openRoot()
    const first = await release('1', { 'web/files/a': 'one' })
    await linkSharedPath(first, shared, 'web/files', nobody)
    const elsewhere = `${root}-elsewhere`

    await rename(root, elsewhere)

    expect(await readFile(join(elsewhere, 'releases/1/web/files/a'), 'utf8')).toBe('one')
  })

  it('belongs to whom the project names', async () => {
    const { shared, release } = await openRoot()
    const first = await release('1')
    const owner = { uid: 1_234, gid: 2_345 }

    await linkSharedPath(first, shared, 'web/files', owner)
    await linkSharedPath(first, shared, '.env', owner)

    for (const path of ['web', 'web/files', '.env'])
      expect(await stat(join(shared, path))).toMatchObject({ uid: 1_234, gid: 2_345 })
  })

  it('takes the place of a link that the release brings, when there is content already', async () => {
    const { shared, release } = await openRoot()
    await fill(shared, { 'storage/a': 'one' })
    const second = await release('2', { 'public/a': 'two' })
    await symlink('public', join(second, 'storage'))

    await linkSharedPath(second, shared, 'storage', nobody)

    expect(await treeOf(second)).toMatchObject({ storage: 'link ../../shared/storage' })
    expect(await readFile(join(second, 'public/a'), 'utf8')).toBe('two')
  })

  it('that is a file in one and a folder in the other keeps what is shared', async () => {
    const { shared, release } = await openRoot()
    await fill(shared, { 'storage/a': 'one' })
    const second = await release('2', { storage: 'a file now' })

    await linkSharedPath(second, shared, 'storage', nobody)

    expect(await readFile(join(second, 'storage/a'), 'utf8')).toBe('one')
  })
})

describe('a hostile release', () => {
  it.each([
    ['the shared path is a link to the host', 'storage', 'storage'],
    ['a folder on the way is a link to the host', 'storage', 'storage/app/public'],
  ])('is refused when %s', async (_what, link, path) => {
    const { root, shared, release } = await openRoot()
    const victim = join(root, '..', 'victim')
    await fill(victim, { canary: 'sings' })
    const before = await treeOf(victim)
    const first = await release('1')
    await symlink(victim, join(first, link))

    const error = await failureOf(linkSharedPath(first, shared, path, nobody))

    expect(error.code).toBe('SHARED_PATH_REFUSED')
    expect(await treeOf(victim)).toEqual(before)
  })

  it('cannot have its files made writable elsewhere', async () => {
    const { root, release } = await openRoot()
    const victim = join(root, '..', 'victim')
    await fill(victim, { 'inner/canary': 'sings' })
    const before = await treeOf(victim)
    const first = await release('1', { 'cache/a': 'x' })
    await symlink(victim, join(first, 'cache/inside'))
    await symlink(victim, join(first, 'storage'))

    await makeWritable(first, 'cache', nobody)
    const errors = await Promise.all(
      ['storage', 'storage/inner'].map((path) => failureOf(makeWritable(first, path, nobody))),
    )

    expect(errors.map(({ code }) => code)).toEqual(['SHARED_PATH_REFUSED', 'SHARED_PATH_REFUSED'])
    expect(await treeOf(victim)).toEqual(before)
  })
})

describe('what is shared on the host', () => {
  it.each([
    ['is a link', 'storage', 'storage'],
    ['lies behind a link', 'storage', 'storage/app'],
  ])('is refused when it %s', async (_what, link, path) => {
    const { root, shared, release } = await openRoot()
    const elsewhere = join(root, 'elsewhere')
    await mkdir(elsewhere)
    await symlink(elsewhere, join(shared, link))
    const first = await release('1', { 'storage/app/a': 'x' })

    expect((await failureOf(linkSharedPath(first, shared, path, nobody))).code).toBe('SHARED_PATH_REFUSED')
    expect(await treeOf(elsewhere)).toEqual({})
  })

  it('is refused when a file is where a folder has to be', async () => {
    const { shared, release } = await openRoot()
    await writeFile(join(shared, 'web'), 'a file')
    const first = await release('1')

    expect((await failureOf(linkSharedPath(first, shared, 'web/files', nobody))).code).toBe(
      'SHARED_PATH_REFUSED',
    )
  })
})

describe('a writable path', () => {
  it('lets the group write to it and the folders in it', async () => {
    const { release } = await openRoot()
    const first = await release('1', { 'bootstrap/cache/deep/a': 'x' })

    await makeWritable(first, 'bootstrap/cache', nobody)

    expect(await treeOf(first)).toMatchObject({
      bootstrap: 'folder 755',
      'bootstrap/cache': 'folder 775',
      'bootstrap/cache/deep': 'folder 775',
    })
  })

  it('is made when the release does not bring it', async () => {
    const { release } = await openRoot()
    const first = await release('1')

    await makeWritable(first, 'var/cache', nobody)

    expect(await treeOf(first)).toEqual({ var: 'folder 755', 'var/cache': 'folder 775' })
  })

  it('is left alone when it is shared', async () => {
    const { shared, release } = await openRoot()
    const first = await release('1', { 'storage/a': 'x' })
    await linkSharedPath(first, shared, 'storage', nobody)
    const before = await treeOf(shared)

    await makeSharedWritable(shared, 'storage', nobody)

    expect(await treeOf(shared)).toEqual(before)
  })

  it('is made below a shared one when it is not there yet, through no link', async () => {
    const { root, shared, release } = await openRoot()
    const first = await release('1', { 'storage/a': 'x' })
    await linkSharedPath(first, shared, 'storage', nobody)
    await symlink(root, join(shared, 'storage/outside'))

    await makeSharedWritable(shared, 'storage/logs', nobody)
    const error = await failureOf(makeSharedWritable(shared, 'storage/outside/logs', nobody))

    expect(await treeOf(shared)).toMatchObject({ 'storage/logs': 'folder 775' })
    expect(error.code).toBe('SHARED_PATH_REFUSED')
  })

  it('is refused when it is a file', async () => {
    const { release } = await openRoot()
    const first = await release('1', { cache: 'a file' })

    expect((await failureOf(makeWritable(first, 'cache', nobody))).code).toBe('SHARED_PATH_REFUSED')
  })
})

it('works on a root that was copied from another host', async () => {
  const { root, shared, release } = await openRoot()
  await linkSharedPath(await release('1', { 'storage/a': 'one' }), shared, 'storage', nobody)
  const copy = `${root}-copy`
  await cp(root, copy, { recursive: true, verbatimSymlinks: true })

  await linkSharedPath(join(copy, 'releases/1'), join(copy, 'shared'), 'storage', nobody)

  expect(await readFile(join(copy, 'releases/1/storage/a'), 'utf8')).toBe('one')
})
