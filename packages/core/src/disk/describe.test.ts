import { expect, it } from 'vitest'
import { describeDisk } from './describe.ts'

it('a disk is described with its numbers', () => {
  const disk = {
    of: 'engine',
    path: '/var/lib/docker',
    bytes: 100e9,
    freeBytes: 9e9,
    inodes: 0,
    freeInodes: 0,
  }

  expect(describeDisk(disk)).toBe(
    'the disk of the Docker Engine (/var/lib/docker) has 9.0GB of 100GB free (9.0 %)',
  )
  expect(describeDisk({ ...disk, of: 'shop', path: '/srv', inodes: 1_000, freeInodes: 5 })).toBe(
    'the disk of the release root of shop (/srv) has 9.0GB of 100GB free (9.0 %), 5 of 1000 inodes free (0.5 %)',
  )
})
