import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { makeFolder } from '../../test/folder.ts'

const script = fileURLToPath(new URL('../../test/extract-onto-full-disk.ts', import.meta.url))

// What the last write of a file cannot take is cut off without an error: only a further write tells.
it.each([
  ['small files', 'size=256k', 20, 50_000],
  ['a large file', 'size=2m', 1, 4_000_000],
  ['a large file of which only the last piece does not fit', 'size=2m', 1, 2_097_152 + 8_000],
  ['more files than it has inodes for', 'size=2m,nr_inodes=30', 60, 10],
])(
  'a disk that is too small for %s is told, and nothing is left on it',
  async (_what, options, files, bytes) => {
    const place = await makeFolder()

    // In a mount namespace of its own: the disk is gone with the process.
    const { stdout } = await promisify(execFile)('unshare', [
      ...['--mount', '--map-root-user', process.execPath, script],
      ...[place, options, String(files), String(bytes)],
    ])

    expect(JSON.parse(stdout)).toEqual({ code: 'DISK_FULL', left: [] })
  },
)
