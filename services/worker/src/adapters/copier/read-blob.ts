import { createHash } from 'node:crypto'
import { Readable, type Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createZstdDecompress } from 'node:zlib'
import type { Source } from '@slipway/core'
import { extract } from 'tar-stream'
import type { LayerItems } from '../../layers/layer-index.ts'
import { createLayerReader } from '../../layers/read-layer.ts'
import { Unfit } from '../../layers/unfit.ts'
import type { Pieces } from './jobs.ts'
import { plainTar } from './plain-tar.ts'

/** A layer as the registry has it. */
export interface LayerBlob {
  /** `sha256:…` of the blob. */
  readonly digest: string
  /** Bytes of the blob. */
  readonly size: number
  readonly packing: 'none' | 'gzip' | 'zstd' | null
}

export interface ReadBlobOptions {
  readonly sourcePath: string
  readonly limits: Source['limits']
  readonly check: () => void
  /** Takes the content of a file; gives the name it is kept under, if it is kept. */
  readonly stage: (pieces: AsyncIterable<Uint8Array>) => Promise<{ readonly staged?: string }>
}

/** What the archive itself may add to the content, for each entry. */
const mostAround = 4_096

/**
 * What a layer says about the source. Nothing of it is given out before the whole blob is what its digest says.
 * @throws Unfit; errors of zlib and of the archive as they are
 */
export async function readBlob(
  blob: LayerBlob,
  pieces: Pieces,
  options: ReadBlobOptions,
): Promise<LayerItems> {
  const { limits, check, stage } = options
  const reader = createLayerReader(options.sourcePath, limits)
  const entries = extract()
  const hash = createHash('sha256')
  let length = 0

  async function* hashed(): AsyncGenerator<Uint8Array> {
    for await (const piece of pieces) {
      check()
      hash.update(piece)
      length += piece.length
      if (length > blob.size) throw new Unfit(`the layer ${blob.digest} is longer than its manifest says`)
      yield piece
    }
  }

  async function* unpacked(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    let left = limits.bytes + limits.entries * mostAround
    for await (const piece of source) {
      check()
      left -= piece.length
      if (left < 0) throw new Unfit(`the layer ${blob.digest} unpacks to too much`)
      yield piece
    }
  }

  const unpacker = unpackerOf(blob)
  const bytes = Readable.from(hashed(), { objectMode: false })
  const archive = async function* (source: AsyncIterable<Uint8Array>) {
    yield* plainTar(unpacked(source))
  }
  const reading = unpacker ? pipeline(bytes, unpacker, archive, entries) : pipeline(bytes, archive, entries)
  // The loop below ends with the same error; this keeps it from being called unhandled before.
  reading.catch(() => {})
  try {
    for await (const stream of entries) {
      check()
      const file = reader.read(stream.header)
      if (file) {
        const fileHash = createHash('sha256')
        const kept = await stage(hashing(stream as unknown as AsyncIterable<Uint8Array>, fileHash))
        reader.keep(file, { sha256: fileHash.digest('hex'), ...kept })
      }
      stream.resume()
    }
    await reading
  } catch (error) {
    entries.destroy()
    bytes.destroy()
    // The archive says no more than that it was ended; who ended it says why.
    await reading.catch((cause: unknown) => {
      if (cause instanceof Unfit) throw cause
    })
    throw error
  }
  if (length !== blob.size || `sha256:${hash.digest('hex')}` !== blob.digest)
    throw new Unfit(`the layer ${blob.digest} is not what its digest says`)
  return reader.finish()
}

function unpackerOf({ digest, packing }: LayerBlob): Transform | null {
  if (packing === 'none') return null
  if (packing === 'gzip') return createGunzip()
  if (packing === 'zstd') return createZstdDecompress()
  throw new Unfit(`the layer ${digest} is of a kind that is not read`)
}

async function* hashing(
  pieces: AsyncIterable<Uint8Array>,
  hash: ReturnType<typeof createHash>,
): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) {
    hash.update(piece)
    yield piece
  }
}
