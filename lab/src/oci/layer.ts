import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { posix } from 'node:path'
import { type Readable, Transform } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { createGzip } from 'node:zlib'
import { type Header, type Pack, pack } from 'tar-stream'

/** One thing in a layer, with any header that a tar archive can have, be it as hostile as it may. */
export interface LayerEntry {
  readonly header: Partial<Header> & Pick<Header, 'name'>
  /** Default: nothing, or what `zeros` says. */
  readonly content?: string | Buffer
  /** So many bytes of nothing, which all but vanish when they are compressed. */
  readonly zeros?: number
}

/** A layer as a registry keeps it. */
export interface Layer {
  readonly bytes: Buffer
  /** Of the bytes: `sha256:…`. */
  readonly digest: string
  /** Of the archive before it was compressed: `sha256:…`. */
  readonly diffId: string
}

// The same content makes the same layer, today and tomorrow.
const mtime = new Date('2026-01-01T00:00:00Z')
const zeroChunk = Buffer.alloc(1024 * 1024)

/** Packs and compresses entries in the order given; `level` 0 is for what cannot be compressed anyway. */
export async function makeLayer(entries: Iterable<LayerEntry>, level: 0 | 1 = 1): Promise<Layer> {
  const archive = pack()
  const packed = fill(archive, entries)
  const hash = createHash('sha256')
  const counting = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk)
      done(null, chunk)
    },
  })
  // Speed, not size: what is pushed here lives for a minute.
  const compressed = (archive as unknown as Readable).pipe(counting).pipe(createGzip({ level }))
  const [bytes] = await Promise.all([buffer(compressed), packed])
  return { bytes, digest: digestOf(bytes), diffId: `sha256:${hash.digest('hex')}` }
}

/** A layer of an archive that is there already, right or wrong. */
export async function layerOfTar(tar: Buffer): Promise<Layer> {
  const gzip = createGzip({ level: 1 })
  gzip.end(tar)
  const bytes = await buffer(gzip)
  return { bytes, digest: digestOf(bytes), diffId: digestOf(tar) }
}

/** Plain files by their absolute paths, with the folders that they lie in. */
export function fileEntries(files: Readonly<Record<string, string | Buffer>>): LayerEntry[] {
  const paths = Object.keys(files).map((path) => posix.normalize(path).replace(/^\//, ''))
  const folders = [...new Set(paths.flatMap(foldersOf))].toSorted()
  return [
    ...folders.map((name): LayerEntry => ({ header: { name: `${name}/`, type: 'directory', mode: 0o755 } })),
    ...Object.values(files).map((content, index): LayerEntry => {
      return { header: { name: paths[index] ?? '', mode: 0o644 }, content }
    }),
  ]
}

/** `sha256:…` of some bytes. */
export function digestOf(bytes: string | Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}

async function fill(archive: Pack, entries: Iterable<LayerEntry>): Promise<void> {
  for (const { header, content = '', zeros = 0 } of entries) {
    const size = header.size ?? (zeros > 0 ? zeros : Buffer.byteLength(content))
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const sink = archive.entry({ mtime, ...header, size }, (error) => (error ? reject(error) : resolve()))
    for (let left = zeros; left > 0; left -= zeroChunk.length) {
      if (!sink.write(zeroChunk.subarray(0, Math.min(left, zeroChunk.length)))) await once(sink, 'drain')
    }
    sink.end(zeros === 0 && content.length > 0 ? content : null)
    await promise
  }
  archive.finalize()
}

function foldersOf(path: string): string[] {
  const parts = path.split('/').slice(0, -1)
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'))
}
