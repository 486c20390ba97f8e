import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { layoutOf, type Release } from '@slipway/core'
import { createFileReleaseStore } from '../../src/adapters/file-release-store.ts'
import { makeFolder } from '../folder.ts'
import { describeReleaseStore } from './release-store.ts'

describeReleaseStore('the disk', async () => {
  const root = join(await makeFolder(), 'shop')
  const litter = () => mkdir(join(layoutOf(root).releases, '.tmp-1-aaaaaaaaaaaa-left'))
  const spoil = (release: Release, path: string) =>
    writeFile(join(layoutOf(root).releases, release.name, path), 'x')
  return { store: createFileReleaseStore(root), litter, spoil }
})
