import { type ImageOptions, makeImage } from './oci/image.ts'
import { fileEntries, type Layer, makeLayer } from './oci/layer.ts'
import { getManifest, putBlob, putManifest, type Repository } from './oci/upload.ts'

export interface PushImageOptions extends Repository, Omit<ImageOptions, 'layers'> {
  /** None: the image has its digest alone. */
  readonly tags: readonly string[]
  /** The lowest layer, such as a busybox. */
  readonly base?: Layer | undefined
  /** Lowest first, between the base and the files. */
  readonly layers?: readonly Layer[]
  /** A layer of plain files by their absolute paths, over the others. */
  readonly files?: Readonly<Record<string, string | Buffer>>
}

/** Makes a small image and pushes it by the registry's own API, without an engine. */
export async function pushImage(options: PushImageOptions): Promise<{ readonly digest: string }> {
  const { registry, repository, tags, base, layers = [], files, ...rest } = options
  const to = { registry, repository }
  const own = files ? [await makeLayer(fileEntries(files))] : []
  const { manifest, blobs } = makeImage({ ...rest, layers: [...(base ? [base] : []), ...layers, ...own] })
  for (const blob of blobs) await putBlob(to, blob)
  for (const reference of tags.length > 0 ? tags : [manifest.digest]) {
    await putManifest(to, reference, manifest)
  }
  return { digest: manifest.digest }
}

/** Gives what a registry has under one name another tag; to the registry that is a push like any other. */
export async function retag(at: Repository, from: string, to: string): Promise<{ readonly digest: string }> {
  const manifest = await getManifest(at, from)
  await putManifest(at, to, manifest)
  return { digest: manifest.digest }
}
