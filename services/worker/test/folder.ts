import { createHash } from 'node:crypto'
import { lstat, mkdir, mkdtemp, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** A folder of one test's own, gone with it. */
export async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-worker-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** Everything below a folder: path to what it is, its mode, and what it holds. */
export async function treeOf(folder: string): Promise<Record<string, string>> {
  const names = await namesBelow(folder)
  const entries = await Promise.all(
    names.toSorted().map(async (name) => [name, await describe(join(folder, name))] as const),
  )
  return Object.fromEntries(entries)
}

/** Paths of all that lies below a folder. Node's own recursion would go through links. */
export async function namesBelow(folder: string, under = ''): Promise<string[]> {
  const entries = await readdir(join(folder, under), { withFileTypes: true })
  const names = entries.map(async (entry) => {
    const path = join(under, entry.name)
    return entry.isDirectory() ? [path, ...(await namesBelow(folder, path))] : [path]
  })
  return (await Promise.all(names)).flat()
}

/** Writes files by their paths below a folder. */
export async function fill(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(join(folder, path, '..'), { recursive: true })
    await writeFile(join(folder, path), content)
  }
}

async function describe(path: string): Promise<string> {
  const facts = await lstat(path)
  if (facts.isSymbolicLink()) return `link ${await readlink(path)}`
  const mode = (facts.mode & 0o7777).toString(8)
  if (facts.isDirectory()) return `folder ${mode}`
  if (!facts.isFile()) return `special ${mode}`
  return `file ${mode} ${createHash('sha256')
    .update(await readFile(path))
    .digest('hex')
    .slice(0, 12)}`
}
