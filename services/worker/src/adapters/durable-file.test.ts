import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { makeFolder } from '../../test/folder.ts'
import { writeDurably } from './durable-file.ts'

it('is there whole, and alone', async () => {
  const folder = await makeFolder()

  await writeDurably(join(folder, 'state.json'), 'old')
  await writeDurably(join(folder, 'state.json'), 'new')

  expect(await readFile(join(folder, 'state.json'), 'utf8')).toBe('new')
  expect(await readdir(folder)).toEqual(['state.json'])
})

it('leaves nothing half written when it cannot be written', async () => {
  const folder = await makeFolder()
  await mkdir(join(folder, 'state.json'))

  await expect(writeDurably(join(folder, 'state.json'), 'new')).rejects.toThrow('EISDIR')

  expect(await readdir(folder)).toEqual(['state.json'])
})
