import { createHash } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** What a site of a common PHP framework with its vendor folder comes to. */
export const shape = { folders: 440, filesEach: 50, bytesEach: 5_200 } as const

/** Writes files whose content nothing can compress away, the same each time. */
export async function writeTree(root: string): Promise<void> {
  for (let folder = 0; folder < shape.folders; folder += 1) {
    const path = join(root, `vendor/package-${folder % 40}/src/part-${folder}`)
    await mkdir(path, { recursive: true })
    const files = Array.from({ length: shape.filesEach }, (_, file) =>
      writeFile(join(path, `Class${file}.php`), content(`${folder}/${file}`)),
    )
    await Promise.all(files)
  }
}

/** The one file that differs between two versions. */
export async function writeVersion(root: string, version: string): Promise<void> {
  await writeFile(join(root, 'REVISION'), `${version}\n`)
}

function content(seed: string): Buffer {
  const blocks: Buffer[] = []
  for (let at = 0; at * 64 < shape.bytesEach; at += 1) {
    blocks.push(createHash('sha512').update(`${seed}/${at}`).digest())
  }
  return Buffer.concat(blocks).subarray(0, shape.bytesEach)
}
