import { createHash } from 'node:crypto'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** A short text that changes when a file below one of these paths, or what is added, changes. */
export async function fingerprint(
  folder: string,
  inputs: readonly string[],
  added: readonly string[] = [],
): Promise<string> {
  const hash = createHash('sha256')
  for (const text of added) hash.update(`${text}\0`)
  const files = (await Promise.all(inputs.map((input) => filesBelow(folder, input)))).flat().toSorted()
  for (const file of files)
    hash
      .update(`${file}\0`)
      .update(await readFile(join(folder, file)))
      .update('\0')
  return hash.digest('hex').slice(0, 12)
}

async function filesBelow(folder: string, path: string): Promise<string[]> {
  const found = await stat(join(folder, path))
  if (!found.isDirectory()) return [path]
  const entries = await readdir(join(folder, path))
  return (await Promise.all(entries.map((entry) => filesBelow(folder, join(path, entry))))).flat()
}
