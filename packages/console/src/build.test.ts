import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const execute = promisify(execFile)
const program = fileURLToPath(new URL('../build.ts', import.meta.url))

describe('what is built', () => {
  let folder: string
  let out: string
  const build = (...args: string[]) => execute(process.execPath, [program, '--out', out, ...args])

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slipway-build-'))
    out = join(folder, 'dist')
    // Twice at once, as by two commands of one person.
    await Promise.all([build('--if-changed'), build('--if-changed')])
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it('is one page without anything inline, whose files are named by their content', async () => {
    const page = await readFile(join(out, 'index.html'), 'utf8')

    const named = [...page.matchAll(/\b(?:src|href)="([^"]*)"/g)].map(([, name]) => name ?? '')
    expect(named).toHaveLength(3)
    for (const name of named) {
      expect(name).toMatch(/^\/assets\/[a-z]+-[\w-]{8}\.(?:js|css|svg)$/)
      await expect(stat(join(out, name))).resolves.toBeTruthy()
    }
    expect(page).not.toMatch(/<style|\bstyle=|\bon[a-z]+=|<script(?![^>]*\bsrc=)/)
  })

  it('names no other host and runs no text', async () => {
    const names = await readdir(join(out, 'assets'))
    for (const name of names) {
      const text = await readFile(join(out, 'assets', name), 'utf8')
      const hosts = [...text.matchAll(/https?:\/\/([\w.-]+)/g)].map(([, host]) => host)
      expect(hosts.filter((host) => host !== 'www.w3.org')).toEqual([])
      expect(text).not.toMatch(/\beval\(|new Function\(|url\(data:/)
    }
  })

  it('leaves nothing beside it, and is left alone while its sources are the same', async () => {
    expect(await readdir(folder)).toEqual(['dist'])
    const before = await stat(join(out, 'index.html'))

    await build('--if-changed')
    expect((await stat(join(out, 'index.html'))).ino).toBe(before.ino)
    await build()
    expect((await stat(join(out, 'index.html'))).ino).not.toBe(before.ino)
  })
})
