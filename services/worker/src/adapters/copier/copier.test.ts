import { readdir } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { copyArchiveTo } from '../../../test/copy-archive.ts'
import { calm, failureOf } from '../../../test/failure.ts'
import { makeFolder } from '../../../test/folder.ts'
import { sourceOf } from '../../../test/project.ts'
import { sourceTar, streamOf } from '../../../test/tar.ts'
import { runCopier } from './copier.ts'
import type { CopyTarget } from './copy-archive.ts'
import { expectCopier, takeThread } from './thread.ts'

const files = { 'a.php': 'a', 'b.php': 'b' }

it('carries errors of the disk back with what they were about', async () => {
  const copying = copyArchiveTo('/nowhere/at/all', streamOf(sourceTar(files)))

  await expect(copying).rejects.toMatchObject({
    ...{ code: 'ENOENT', syscall: 'open', path: '/nowhere/at/all/a.php' },
  })
})

it('says so when the thread dies', async () => {
  const target: CopyTarget = {
    ...{ folder: await makeFolder(), owner: null, shared: [], kept: [], writable: [], require: [] },
    ...{ manifest: null, previous: null, limits: sourceOf().limits },
  }
  // Names that are all remembered, more than there is memory for.
  const files = Object.fromEntries(Array.from({ length: 60_000 }, (_, at) => [`${at}${'n'.repeat(80)}`, '']))
  const archive = streamOf(sourceTar(files), 65_536)

  const error = await failureOf(
    runCopier('archive', target, { signal: calm, streams: [() => archive], memory: 8 }),
  )

  expect(error.code).toBe('RELEASE_STORE_FAILED')
  expect(error.message).toContain('died')
})

it('does a job in the thread that was started ahead, and each further one in its own', async () => {
  expectCopier(null)
  expectCopier(null)
  const [first, second] = [takeThread(), takeThread()]

  expect(first.threadId).not.toBe(second.threadId)
  await Promise.all([first.terminate(), second.terminate()])
  expectCopier(null)
  const folders = await Promise.all([makeFolder(), makeFolder()])
  await Promise.all(folders.map((folder) => copyArchiveTo(folder, streamOf(sourceTar(files)))))
  expect(await Promise.all(folders.map((folder) => readdir(folder)))).toEqual([
    ['a.php', 'b.php'],
    ['a.php', 'b.php'],
  ])
})
