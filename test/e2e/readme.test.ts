import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runCli } from '@slipway/lab'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runDemo } from '../support/demo.ts'
import { docker } from '../support/pushes.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

describe('what the README says', () => {
  let readme: string
  let folder: string

  beforeAll(async () => {
    readme = await readFile(join(root, 'README.md'), 'utf8')
    folder = await mkdtemp(join(tmpdir(), 'slipway-readme-'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it('stays about a hundred lines', () => {
    expect(readme.split('\n').length).toBeLessThan(125)
  })

  it('shows a configuration that is good as it stands', async () => {
    const block = /```yaml\n([\s\S]*?)```/.exec(readme)?.[1] ?? ''
    const file = join(folder, 'slipway.yaml')
    await writeFile(file, block.replaceAll(/^ {3}/gm, ''))

    const { code, stdout, stderr } = await runCli(['check', file])

    expect(stderr).toBe('')
    expect(code).toBe(0)
    expect(stdout).toContain('is good')
  })

  it('names no command that the slipway command does not have', async () => {
    const named = new Set([...readme.matchAll(/`?slipway (check|[a-z]+) ?/g)].map(([, word]) => word ?? ''))
    const { stdout } = await runCli(['--help'])

    for (const command of ['check', 'hooks', 'status', 'deploy', 'webhook', 'token', 'redis']) {
      expect(named).toContain(command)
      expect(stdout).toContain(command)
    }
  })

  it('leads to files that are there', async () => {
    const links = [...readme.matchAll(/\]\(((?!https?:)[^)]+)\)/g)].map(([, target]) => target ?? '')

    expect(links.length).toBeGreaterThan(5)
    for (const link of links)
      await expect(readFile(join(root, link)).catch(isFolder), link).resolves.toBeTruthy()
  })

  it('has a demo that sees every version come and go, and takes everything away again', async () => {
    const before = await inventory()

    const { code, output } = await runDemo(['--exit'])

    expect(code, output.slice(-4_000)).toBe(0)
    expect(await inventory()).toEqual(before)
  })

  it('has a demo that takes everything away when it is interrupted', async () => {
    const before = await inventory()

    const { code } = await runDemo([], { interruptAt: /pushed sha256/ })

    expect(code).not.toBe(0)
    expect(await inventory()).toEqual(before)
  })
})

/** What runs or lies on the engine; the cached bases of the lab may stay. */
async function inventory(): Promise<Readonly<Record<string, readonly string[]>>> {
  const lines = async (...args: string[]) => (await docker(...args)).split('\n').filter(Boolean).toSorted()
  const images = await lines('image', 'ls', '--format', '{{.Repository}}:{{.Tag}}')
  return {
    containers: await lines('ps', '--all', '--format', '{{.Names}}'),
    networks: await lines('network', 'ls', '--format', '{{.Name}}'),
    volumes: await lines('volume', 'ls', '--quiet'),
    images: images.filter((name) => !name.startsWith('slipway-lab/')),
  }
}

function isFolder(error: NodeJS.ErrnoException): boolean {
  return error.code === 'EISDIR'
}
