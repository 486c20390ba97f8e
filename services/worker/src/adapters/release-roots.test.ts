import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { makeFolder, treeOf } from '../../test/folder.ts'
import { releaseRoots } from './release-roots.ts'

describe('the folders of a release root', () => {
  it('are well when they are folders, and when they are not there yet; nothing is made', async () => {
    const folder = await makeFolder()
    await mkdir(join(folder, 'shop/.slipway/releases'), { recursive: true })
    await mkdir(join(folder, 'shop/releases'))
    const before = await treeOf(folder)

    const faults = [
      await releaseRoots.fault(join(folder, 'shop')),
      await releaseRoots.fault(join(folder, 'new')),
    ]

    expect(faults).toEqual([null, null])
    expect(await releaseRoots.isUnused(join(folder, 'shop'))).toBe(false)
    expect(await releaseRoots.isUnused(join(folder, 'new'))).toBe(true)
    expect(await treeOf(folder)).toEqual(before)
  })

  it.each(['shop', 'shop/releases', 'shop/.slipway', 'shop/.slipway/releases'])(
    'are refused when %s is a link',
    async (path) => {
      const folder = await makeFolder()
      await mkdir(join(folder, 'elsewhere'))
      await mkdir(join(folder, path, '..'), { recursive: true })
      await symlink(join(folder, 'elsewhere'), join(folder, path))

      expect(await releaseRoots.fault(join(folder, 'shop'))).toBe(
        `${join(folder, path)} is a link; name the folder that it leads to`,
      )
    },
  )

  it('are refused when one is a file', async () => {
    const folder = await makeFolder()
    await writeFile(join(folder, 'shop'), '')

    expect(await releaseRoots.fault(join(folder, 'shop'))).toContain('is no folder')
  })
})
