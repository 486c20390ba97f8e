import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fingerprint } from './fingerprint.ts'

describe('fingerprint', () => {
  let folder = ''

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slipway-fingerprint-'))
    await mkdir(join(folder, 'nginx'))
    await writeFile(join(folder, 'nginx', 'Dockerfile'), 'FROM a')
    await writeFile(join(folder, 'other'), 'x')
  })

  afterEach(() => rm(folder, { recursive: true }))

  it('is the same for the same files', async () => {
    expect(await fingerprint(folder, ['nginx'])).toBe(await fingerprint(folder, ['nginx']))
  })

  it('changes with a file below, its name and the base', async () => {
    const before = await fingerprint(folder, ['nginx'], ['base1'])

    expect(await fingerprint(folder, ['nginx'], ['base2'])).not.toBe(before)
    await writeFile(join(folder, 'nginx', 'nginx.conf'), '')
    expect(await fingerprint(folder, ['nginx'], ['base1'])).not.toBe(before)
  })

  it('does not look at files that are no input', async () => {
    const before = await fingerprint(folder, ['nginx'])
    await writeFile(join(folder, 'other'), 'y')

    expect(await fingerprint(folder, ['nginx'])).toBe(before)
  })
})
