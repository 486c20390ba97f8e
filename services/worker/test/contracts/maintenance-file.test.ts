import { lstat, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { maintenanceFile } from '../../src/adapters/maintenance-file.ts'
import { failureOf } from '../failure.ts'
import { makeFolder } from '../folder.ts'
import { describeMaintenancePage } from './maintenance-page.ts'

const note = { since: Date.UTC(2026, 0, 2, 3, 4, 5), deployment: 'd-1' }

describeMaintenancePage('the file', async () => {
  const root = await makeFolder()
  const putByHand = () => writeFile(join(root, 'maintenance.on'), 'back at noon')
  return { page: maintenanceFile, root, putByHand }
})

it('the maintenance file can be read by a web server that runs as another user, and says since when', async () => {
  const root = await makeFolder()
  const before = process.umask(0o077)

  await maintenanceFile.show(root, note).finally(() => process.umask(before))

  expect(await readdir(root)).toEqual(['maintenance.on'])
  expect((await lstat(join(root, 'maintenance.on'))).mode & 0o777).toBe(0o644)
  expect(JSON.parse(await readFile(join(root, 'maintenance.on'), 'utf8'))).toEqual({
    since: '2026-01-02T03:04:05.000Z',
    deployment: 'd-1',
  })
})

it('the maintenance file of a root that is not there is an error of the disk', async () => {
  const error = await failureOf(maintenanceFile.show('/nowhere/at/all', note))

  expect(error.code).toBe('RELEASE_STORE_FAILED')
})
