import { existsSync, readdirSync } from 'node:fs'
import { sourceIds } from '@slipway/core'
import { describe, expect, it } from 'vitest'
import { sources } from './index.ts'

const here = new URL('./', import.meta.url)
const folders = readdirSync(here, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
const files = ['README.md', 'fixtures', 'index.test.ts', 'index.ts', 'schema.ts', 'verify.ts']

describe('sources', () => {
  it('are listed in alphabetical order, as the configuration allows them and as the folders are', () => {
    const listed = sources.map(({ id }) => id)

    expect(listed).toEqual([...sourceIds])
    expect(listed).toEqual(folders.toSorted())
  })

  it.each(folders)('%s has the files that every source has', (folder) => {
    const missing = files.filter((file) => !existsSync(new URL(`${folder}/${file}`, here)))

    expect(missing).toEqual([])
  })

  it.each(sources)('$id takes JSON', ({ contentTypes }) => {
    expect(contentTypes).toContain('application/json')
  })
})
