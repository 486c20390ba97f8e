import { createCipheriv, createHash } from 'node:crypto'
import { type Layer, type LayerEntry, makeLayer, pushImage, runLabel, thisRun } from '@slipway/lab'

/** So many files of so many bytes, in folders of fifty. */
export interface TreeShape {
  readonly files: number
  readonly bytesEach: number
}

/** Where the source lies in every image of these benches. */
export const sourcePath = '/app'

/** What a site of a common PHP framework with its vendor folder comes to: 115 MB. */
export const common: TreeShape = { files: 22_000, bytesEach: 5_200 }

/** Enough to see that a bench works. */
export const tiny: TreeShape = { ...common, files: 300 }

const filesEach = 50
const packages = 40
const root = sourcePath.slice(1)

/** The vendor folder of a source; nothing can compress its content, and it is the same each time. */
export function* treeEntries({ files, bytesEach }: TreeShape): Generator<LayerEntry> {
  const vendor = `${root}/vendor`
  yield folder(vendor)
  const parts = Math.ceil(files / filesEach)
  for (let name = 0; name < Math.min(packages, parts); name += 1) {
    yield folder(`${vendor}/package-${name}`)
    yield folder(`${vendor}/package-${name}/src`)
  }
  for (let part = 0; part < parts; part += 1) {
    const path = `${vendor}/package-${part % packages}/src/part-${part}`
    yield folder(path)
    const here = Math.min(filesEach, files - part * filesEach)
    const content = noise(`part-${part}`, here * bytesEach)
    for (let file = 0; file < here; file += 1) {
      const at = file * bytesEach
      yield {
        header: { name: `${path}/Class${file}.php`, mode: 0o644 },
        content: content.subarray(at, at + bytesEach),
      }
    }
  }
}

/** The one file that differs between two versions. */
export function* revisionEntries(version: string): Generator<LayerEntry> {
  yield folder(root)
  yield { header: { name: `${root}/REVISION`, mode: 0o644 }, content: `${version}\n` }
}

/** As a Dockerfile makes it that copies the dependencies first: all of the tree below, the one file above. */
export async function layersOf(tree: Layer, version: string): Promise<Layer[]> {
  return [tree, await makeLayer(revisionEntries(version), 0)]
}

/** Tree and file in one layer, so that two versions share none. */
export async function squashed(shape: TreeShape, version: string): Promise<Layer> {
  const entries = [...revisionEntries(version), ...treeEntries(shape)]
  return makeLayer(entries, 0)
}

export async function treeLayer(shape: TreeShape): Promise<Layer> {
  return makeLayer([folder(root), ...treeEntries(shape)], 0)
}

/** Pushes an image that goes with this run's sweep. */
export async function pushSource(
  registry: string,
  repository: string,
  tag: string,
  layers: readonly Layer[],
): Promise<string> {
  const config = { Labels: { [runLabel]: thisRun } }
  return (await pushImage({ registry, repository, tags: [tag], layers, config })).digest
}

/** Bytes that look like chance, made from a name as fast as memory takes them. */
export function noise(name: string, bytes: number): Buffer {
  const key = createHash('sha256').update(name).digest().subarray(0, 16)
  return createCipheriv('aes-128-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(bytes))
}

function folder(name: string): LayerEntry {
  return { header: { name: `${name}/`, type: 'directory', mode: 0o755 } }
}
