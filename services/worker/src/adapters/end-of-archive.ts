import { Transform } from 'node:stream'
import { SlipwayError } from '@slipway/core/errors'

/** Two empty blocks end an archive. */
const endLength = 1_024

/** Passes an archive on and watches for its end. */
export interface EndOfArchive {
  readonly stream: Transform
  /**
   * Called when all was read, with where the content of the last entry ended.
   * @throws SlipwayError ARCHIVE_BROKEN when no end mark stands behind that
   */
  require(contentEnd: number): void
}

/**
 * A stream that was cut between two entries looks complete to a tar parser; only the end mark tells it from one that
 * is. A last file of empty bytes looks like the mark, so it counts only what came behind the content.
 */
export function watchEndOfArchive(): EndOfArchive {
  let zeros = 0
  let length = 0
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      zeros = trailingZeros(chunk, zeros)
      length += chunk.length
      done(null, chunk)
    },
  })
  return {
    stream,
    require(contentEnd) {
      if (Math.min(zeros, length - contentEnd) >= endLength) return
      throw new SlipwayError('ARCHIVE_BROKEN', 'The archive of the source ended early.')
    },
  }
}

function trailingZeros(chunk: Buffer, before: number): number {
  const oldest = Math.max(0, chunk.length - endLength)
  for (let at = chunk.length - 1; at >= oldest; at -= 1) {
    if (chunk[at] !== 0) return chunk.length - 1 - at
  }
  return chunk.length >= endLength ? endLength : before + chunk.length
}
