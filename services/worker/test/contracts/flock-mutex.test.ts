import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { layoutOf } from '@slipway/core'
import { flockMutex } from '../../src/adapters/flock-mutex.ts'
import { makeFolder } from '../folder.ts'
import { describeProjectMutex } from './project-mutex.ts'

describeProjectMutex('flock', async () => {
  const folder = await makeFolder()
  return {
    mutex: flockMutex,
    roots: [join(folder, 'shop'), join(folder, 'blog')],
    lose: (root) => rm(layoutOf(root).lock),
  }
})
