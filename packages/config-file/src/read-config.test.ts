import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { formatMistakes, readConfig, requireConfig } from './read-config.ts'

const example = fileURLToPath(new URL('../../../docs/slipway.example.yaml', import.meta.url))

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-config-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function write(text: string): Promise<string> {
  const path = join(folder, 'slipway.yaml')
  await writeFile(path, text)
  return path
}

describe('readConfig', () => {
  it('accepts the example of the documentation and reads it in the units of the program', async () => {
    const result = await readConfig(example)

    expect(result.ok && result.config).toMatchObject({
      redis: { url: 'redis://127.0.0.1:6379' },
      hooks: {
        'acr-main': { source: 'acr', secret: [{ env: 'ACR_HOOK_SECRET' }], projects: ['shop', 'api'] },
      },
      credentials: { acme: { username: 'deploy@acme', password: { file: '/run/secrets/acme' } } },
      projects: {
        shop: {
          image: { registry: 'registry-vpc.cn-hangzhou.aliyuncs.com', repository: 'acme/shop' },
          hosts: ['web1'],
          release: { owner: { uid: 1000, gid: 1000 }, shared: ['storage', '.env'] },
          migrate: { command: ['php', 'artisan', 'migrate', '--force'], timeout: 600_000 },
          check: [{ timeout: 5_000, interval: 1_000 }],
        },
      },
      schedules: { reconcile: { every: 300_000 } },
    })
  })

  it('takes an empty file for an empty configuration', async () => {
    const path = await write('# nothing yet\n')

    expect((await readConfig(path)).ok).toBe(true)
  })

  it.each([
    ['a bracket that is not closed', 'projects: {\n', /at line 2, column 1/],
    ['a name that is there twice', 'projects:\n  shop: {}\n  shop: {}\n', /unique.* at line 3/],
    ['a tab', 'projects:\n\tshop: {}\n', /at line 2/],
  ])('names the line of %s', async (_, text, message) => {
    const result = await readConfig(await write(text))

    expect(result.ok ? [] : result.mistakes.map((mistake) => mistake.path)).toContain('')
    expect(result.ok ? '' : formatMistakes(result.mistakes)).toMatch(message)
  })

  it('does not swell up over aliases that refer to aliases', async () => {
    const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]']
    for (let at = 1; at < 12; at += 1) {
      lines.push(
        `a${at}: &a${at} [${Array(10)
          .fill(`*a${at - 1}`)
          .join(', ')}]`,
      )
    }

    expect(await readConfig(await write(lines.join('\n')))).toEqual({
      ok: false,
      mistakes: [{ path: '', message: expect.stringContaining('alias') }],
    })
  })
})

describe('requireConfig', () => {
  it('refuses with a line for each mistake', async () => {
    const path = await write('hooks: 5\nstate_dir: here\n')

    await expect(requireConfig(path)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: [
        `${path} cannot be used:`,
        '  hooks: write a map',
        '  state_dir: write an absolute path without "..", "." or "//", and not "/" itself',
      ].join('\n'),
    })
  })

  it.each(['missing.yaml', '.'])('says that %s cannot be read', async (name) => {
    await expect(requireConfig(join(folder, name))).rejects.toMatchObject({
      code: 'CONFIG_UNREADABLE',
      cause: expect.any(Error),
    })
  })
})
