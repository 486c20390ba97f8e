import { lstat, mkdir, mkdtemp, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { expect } from 'vitest'

/** Release roots with somebody beside them who must not come to harm. */
export interface Breakout {
  rootOf(project: string): string
  /** A folder beside them. */
  readonly victim: string
  /** Nothing beside the roots has changed, and nothing below them is more than files, folders and links to inside. */
  expectContained(): Promise<void>
  close(): Promise<void>
}

const canary = 'the canary sings'

export async function openBreakout(): Promise<Breakout> {
  const range = await mkdtemp(join(tmpdir(), 'slipway-b-'))
  const [roots, victim] = [join(range, 'sites'), join(range, 'victim')]
  await mkdir(roots)
  await mkdir(victim)
  await writeFile(join(victim, 'canary'), canary)
  const outside = async () => (await treeOf(range)).filter(({ path }) => !/^sites(?:\/|$)/.test(path))
  const before = await outside()

  return {
    rootOf: (project) => join(roots, project),
    victim,
    async expectContained() {
      expect(await outside()).toEqual(before)
      for (const { path, kind, mode, text } of await treeOf(roots)) {
        expect(kind, path).toMatch(/^(?:file|folder|link)$/)
        if (kind === 'link') expect(text, path).not.toMatch(/^\/|victim/)
        else expect(mode & 0o7000, path).toBe(0)
        expect(text, path).not.toContain(canary)
      }
    },
    close: () => rm(range, { recursive: true, force: true }),
  }
}

interface Entry {
  readonly path: string
  readonly kind: 'file' | 'folder' | 'link' | 'other'
  readonly mode: number
  readonly changedAt: number
  /** What a file holds, or where a link leads. */
  readonly text: string
}

async function treeOf(top: string): Promise<Entry[]> {
  const found = await readdir(top, { recursive: true, withFileTypes: true })
  const entries = await Promise.all(
    found.map(async (one): Promise<Entry> => {
      const path = join(one.parentPath, one.name)
      const facts = await lstat(path)
      const about = { path: relative(top, path), mode: facts.mode, changedAt: facts.mtimeMs }
      if (facts.isFile()) return { ...about, kind: 'file', text: await readFile(path, 'latin1') }
      if (facts.isSymbolicLink()) return { ...about, kind: 'link', text: await readlink(path) }
      return { ...about, kind: facts.isDirectory() ? 'folder' : 'other', text: '' }
    }),
  )
  return entries.toSorted((a, b) => (a.path < b.path ? -1 : 1))
}
