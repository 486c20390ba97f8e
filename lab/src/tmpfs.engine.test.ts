import { mkdtemp, open, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { mountTmpfs, type Tmpfs } from './tmpfs.ts'

describe('a small disk', () => {
  let folder = ''
  let disk: Tmpfs

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slipway-disk-'))
    disk = await mountTmpfs(join(folder, 'disk'), { size: '1m', inodes: 10 })
  })
  afterEach(async () => {
    await disk.unmount()
    expect(await readdir(disk.path)).toEqual([])
    await rm(folder, { recursive: true })
  })

  it('is full when it is full, and larger when it is told to be', async () => {
    const file = join(disk.path, 'file')
    const content = Buffer.alloc(1_500_000)
    await expect(writeFile(file, content)).rejects.toThrow('ENOSPC')

    await disk.remount('size=2m')

    await writeFile(file, content)
  })

  it('has no room for more files than it was given', async () => {
    const files = Array.from({ length: 12 }, (_, index) => join(disk.path, String(index)))

    await expect(Promise.all(files.map((file) => writeFile(file, '')))).rejects.toThrow('ENOSPC')
  })

  it('can be for reading alone', async () => {
    await disk.remount('ro')
    await expect(writeFile(join(disk.path, 'a'), '')).rejects.toThrow('EROFS')

    await disk.remount('rw')
    await writeFile(join(disk.path, 'a'), '')
  })

  it('goes even when somebody still uses it', async () => {
    const file = await open(join(disk.path, 'used'), 'w')

    await disk.unmount()

    expect(await readdir(disk.path)).toEqual([])
    await file.close()
    disk = await mountTmpfs(disk.path, { size: '1m' })
  })
})
