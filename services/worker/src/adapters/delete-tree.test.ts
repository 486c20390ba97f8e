import { chmod, lstat, mkdir, rename, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { fill, makeFolder, treeOf } from '../../test/folder.ts'
import { deleteTree } from './delete-tree.ts'

const isThere = (path: string) =>
  lstat(path).then(
    () => true,
    () => false,
  )

describe('deleting a tree', () => {
  it('takes away all of it, and nothing that its links lead to', async () => {
    const folder = await makeFolder()
    const tree = join(folder, 'tree')
    await fill(folder, { 'tree/a/b/file': 'x', 'tree/c': 'y', 'canary/sub/kept': 'z' })
    await symlink(join(folder, 'canary'), join(tree, 'a/link'))
    await symlink('../canary/sub', join(tree, 'relative'))
    const canary = await treeOf(join(folder, 'canary'))

    await deleteTree(tree)

    expect(await isThere(tree)).toBe(false)
    expect(await treeOf(join(folder, 'canary'))).toEqual(canary)
  })

  it('takes away a link in place of the folder itself, and not where it leads', async () => {
    const folder = await makeFolder()
    await fill(folder, { 'canary/kept': 'z' })
    await symlink('canary', join(folder, 'tree'))

    await deleteTree(join(folder, 'tree'))

    expect(Object.keys(await treeOf(folder))).toEqual(['canary', 'canary/kept'])
  })

  it('does not leave a folder that is replaced by a link while it is emptied', async () => {
    const folder = await makeFolder()
    const tree = join(folder, 'tree')
    await mkdir(join(tree, 'sub'), { recursive: true })
    await mkdir(join(folder, 'canary'))
    for (let index = 0; index < 200; index += 1) {
      await writeFile(join(tree, 'sub', `file-${index}`), '')
      await writeFile(join(folder, 'canary', `file-${index}`), '')
    }
    const deleting = deleteTree(tree, { batch: 50, pause: 100 })
    await expect.poll(async () => Object.keys(await treeOf(tree)).length).toBeLessThan(200)

    await rename(join(tree, 'sub'), join(folder, 'elsewhere'))
    await symlink(join(folder, 'canary'), join(tree, 'sub'))
    // What is a link now is no folder to take away by its name; that is told and the next time it goes.
    await deleting.catch(() => {})
    await deleteTree(tree)

    expect(await isThere(tree)).toBe(false)
    expect(Object.keys(await treeOf(join(folder, 'canary')))).toHaveLength(200)
  })

  it('opens folders that nobody may write to or read', async () => {
    const folder = await makeFolder()
    await fill(folder, { 'tree/read-only/file': 'x', 'tree/closed/deep/file': 'y' })
    await chmod(join(folder, 'tree/read-only'), 0o555)
    await chmod(join(folder, 'tree/closed'), 0o000)

    await deleteTree(join(folder, 'tree'))

    expect(await isThere(join(folder, 'tree'))).toBe(false)
  })

  it('says nothing of what is not there', async () => {
    await deleteTree(join(await makeFolder(), 'nothing'))
  })

  it('leaves the disk to others between two batches', async () => {
    const folder = await makeFolder()
    for (let index = 0; index < 40; index += 1) await fill(folder, { [`tree/${index}`]: '' })
    const begun = performance.now()

    await deleteTree(join(folder, 'tree'), { batch: 10, pause: 50 })

    expect(performance.now() - begun).toBeGreaterThan(190)
  })

  it('ends when its signal fires, and goes on the next time', async () => {
    const folder = await makeFolder()
    for (let index = 0; index < 100; index += 1) await fill(folder, { [`tree/${index}`]: '' })
    const stop = new AbortController()
    const reason = new Error('enough')
    const deleting = deleteTree(join(folder, 'tree'), { signal: stop.signal, batch: 10, pause: 10_000 })
    await expect.poll(async () => Object.keys(await treeOf(folder)).length).toBeLessThan(101)

    stop.abort(reason)

    await expect(deleting).rejects.toBe(reason)
    expect(Object.keys(await treeOf(folder)).length).toBeGreaterThan(50)
    await deleteTree(join(folder, 'tree'))
    expect(await isThere(join(folder, 'tree'))).toBe(false)
  })
})
