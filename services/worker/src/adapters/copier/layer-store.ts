import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync } from 'node:fs'
import type { LayerItem, LayerItems } from '../../layers/layer-index.ts'
import { writeWhole } from '../../manifest/manifest-file.ts'

/** What is known of the layers of the images of one source. Synchronous. */
export interface LayerStore {
  /** Null when the layer was not read yet. */
  find(digest: string): LayerItems | null
  save(digest: string, items: LayerItems): void
}

interface LayerFile {
  readonly version: 1
  readonly sourcePath: string
  readonly items: LayerItems
}

/** Name of the file for a layer. */
export function layerFile(digest: string): string {
  return `${digest.replace('sha256:', '')}.json`
}

export function openLayerStore(folder: string, sourcePath: string): LayerStore {
  const placeOf = (digest: string) => `${folder}/${layerFile(digest)}`
  return {
    find(digest) {
      try {
        const file = JSON.parse(readFileSync(placeOf(digest), 'utf8')) as LayerFile
        return file.version === 1 && file.sourcePath === sourcePath ? file.items : null
      } catch (error) {
        if (error instanceof SyntaxError) return null
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
        throw error
      }
    },
    save(digest, items) {
      const kept = items.map(withoutContent)
      const text = JSON.stringify({ version: 1, sourcePath, items: kept } satisfies LayerFile)
      writeWithName(placeOf(digest), Buffer.from(text))
    },
  }
}

function withoutContent(item: LayerItem): LayerItem {
  if (item.kind !== 'file') return item
  const { staged: _, ...rest } = item
  return rest
}

function writeWithName(path: string, bytes: Uint8Array): void {
  const temporary = `${path}.tmp`
  try {
    const file = openSync(temporary, 'w', 0o600)
    try {
      writeWhole(file, bytes)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    renameSync(temporary, path)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
}
