import { lstat, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import { makeFolder, namesBelow, treeOf } from './folder.ts'

/** A place to extract to, with somebody beside it who must not come to harm. */
export interface BreakoutRange {
  /** An empty folder, the only one that may be written to. */
  readonly target: string
  /** Its neighbour: absolute, and as seen from the target. */
  readonly victim: string
  readonly climb: string
  /** Nothing was added to the victim, nothing in it changed, and nothing of it came into the target. */
  expectUnharmed(): Promise<void>
}

const canary = 'the canary sings'

export async function openRange(): Promise<BreakoutRange> {
  const range = await makeFolder()
  const target = join(range, 'releases', 'target')
  const victim = join(range, 'releases', 'victim')
  await mkdir(target, { recursive: true })
  await mkdir(victim)
  await writeFile(join(victim, 'canary'), canary, { mode: 0o600 })
  const before = await outsideOf(range)
  return {
    target,
    victim,
    climb: '../victim',
    async expectUnharmed() {
      expect(await outsideOf(range)).toEqual(before)
      for (const name of await namesBelow(target)) {
        const path = join(target, name)
        const facts = await lstat(path)
        expect(facts.isFile() || facts.isDirectory() || facts.isSymbolicLink(), `kind of ${name}`).toBe(true)
        if (facts.isSymbolicLink()) continue
        expect(facts.mode & 0o7000, `mode of ${name}`).toBe(0)
        if (facts.isFile()) expect(await readFile(path, 'latin1'), name).not.toContain(canary)
      }
    },
  }
}

/** All but what lies in the target, with the times at which each was last changed. */
async function outsideOf(range: string): Promise<Record<string, string>> {
  const tree = await treeOf(range)
  const outside = Object.keys(tree).filter((path) => !path.startsWith('releases/target'))
  const entries = outside.map(async (path) => {
    const { mtimeMs, nlink } = await lstat(join(range, path))
    return [path, `${tree[path]} ${mtimeMs} ${path === 'releases' ? '' : nlink}`] as const
  })
  return Object.fromEntries(await Promise.all(entries))
}
