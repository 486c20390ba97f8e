import { Transform } from 'node:stream'
import { SlipwayError } from '@slipway/core'

/** Two empty blocks end an archive. */
const endLength = 1_024

/**
 * Passes an archive on and looks at its end. A stream that was cut between two entries looks complete to a tar parser;
 * only the end mark tells it from one that is.
 */
export function requireEndOfArchive(): Transform {
  let zeros = 0
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      zeros = trailingZeros(chunk, zeros)
      done(null, chunk)
    },
    flush(done) {
      done(
        zeros >= endLength
          ? null
          : new SlipwayError('ARCHIVE_BROKEN', 'The archive of the source ended early.'),
      )
    },
  })
}

function trailingZeros(chunk: Buffer, before: number): number {
  const oldest = Math.max(0, chunk.length - endLength)
  for (let at = chunk.length - 1; at >= oldest; at -= 1) {
    if (chunk[at] !== 0) return chunk.length - 1 - at
  }
  return chunk.length >= endLength ? endLength : before + chunk.length
}
