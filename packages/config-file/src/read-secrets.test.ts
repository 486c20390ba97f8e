import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readSecrets } from './read-secrets.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-secrets-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function file(text: string): Promise<{ file: string }> {
  const path = join(folder, 'secret')
  await writeFile(path, text)
  return { file: path }
}

describe('readSecrets', () => {
  it('reads variables and files in the order asked for', async () => {
    const ref = await file('from a file')

    const values = await readSecrets(
      [
        { path: 'a', ref: { env: 'A' } },
        { path: 'b', ref },
        { path: 'c', ref: { env: 'A' } },
      ],
      { A: 'from the environment' },
    )

    expect(values).toEqual(['from the environment', 'from a file', 'from the environment'])
  })

  it.each([
    ['secret\n', 'secret'],
    ['secret\r\n', 'secret'],
    ['secret\n\n', 'secret\n'],
    [' secret ', ' secret '],
  ])('reads the file %j as %j', async (text, expected) => {
    expect(await readSecrets([{ path: 'a', ref: await file(text) }], {})).toEqual([expected])
  })

  it.each([
    ['is not set', {}, 'the environment variable A is not there or cannot be read'],
    ['is empty', { A: '' }, 'the environment variable A holds 0 characters; use at least 1'],
  ])('refuses a variable that %s', async (_, environment, why) => {
    await expect(
      readSecrets([{ path: 'hooks.a.secret[0]', ref: { env: 'A' } }], environment),
    ).rejects.toMatchObject({
      code: 'SECRET_UNAVAILABLE',
      message: `Secrets cannot be read:\n  hooks.a.secret[0]: ${why}`,
    })
  })

  it('refuses a file that holds nothing but a line break', async () => {
    await expect(readSecrets([{ path: 'a', ref: await file('\n') }], {})).rejects.toThrow(
      'holds 0 characters',
    )
  })

  it('names every secret that is missing or too short and repeats none', async () => {
    const reading = readSecrets(
      [
        { path: 'a', ref: { env: 'SHORT' }, shortest: 16 },
        { path: 'b', ref: { env: 'GOOD' } },
        { path: 'c', ref: { file: join(folder, 'nowhere') } },
      ],
      { SHORT: 'hunter2', GOOD: 'something-good' },
    )

    await expect(reading).rejects.toMatchObject({
      message: [
        'Secrets cannot be read:',
        '  a: the environment variable SHORT holds 7 characters; use at least 16',
        `  c: the file ${folder}/nowhere is not there or cannot be read`,
      ].join('\n'),
    })
  })

  it('takes no variable from the prototype of the environment', async () => {
    await expect(readSecrets([{ path: 'a', ref: { env: 'constructor' } }], {})).rejects.toMatchObject({
      code: 'SECRET_UNAVAILABLE',
    })
  })
})
