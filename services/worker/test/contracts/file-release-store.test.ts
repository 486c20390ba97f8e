import { join } from 'node:path'
import { createFileReleaseStore } from '../../src/adapters/file-release-store.ts'
import { makeFolder } from '../folder.ts'
import { describeReleaseStore } from './release-store.ts'

describeReleaseStore('the disk', async () => createFileReleaseStore(join(await makeFolder(), 'shop')))
