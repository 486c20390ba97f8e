import { Unfit } from '../../layers/unfit.ts'

const blockLength = 512
/** Of an archive that is complete. */
const fewestEmptyBlocks = 2
/** Links, devices, folders and pipes: readers differ in whether they look for content behind one that claims a size. */
const withoutContent = new Set('123456')
const extended = new Set('xLK')
const known = new Set([...withoutContent, ...extended, '0', '\0', '7'])

/**
 * Passes an archive on, as long as every reader of archives makes the same of it: nothing behind its end, no sizes in
 * unusual places, no two ways to name one entry.
 * @throws Unfit
 */
export async function* plainTar(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const header = Buffer.alloc(blockLength)
  let filled = 0
  let toSkip = 0
  let emptyBlocks = 0
  let seen = ''

  function take(): void {
    if (header.every((byte) => byte === 0)) {
      emptyBlocks += 1
      return
    }
    if (emptyBlocks > 0) throw odd('goes on behind its end')
    const type = String.fromCharCode(header[156] ?? 0)
    const size = sizeIn(header)
    if (!known.has(type)) throw odd('has an entry of an unknown type')
    if (withoutContent.has(type) && size !== 0) throw odd('has a size where there can be no content')
    seen = extended.has(type) ? seen + type : ''
    if (seen.length > 1 && !isLongNameAndTarget(seen)) throw odd('names an entry in two ways')
    toSkip = Math.ceil(size / blockLength) * blockLength
  }

  for await (const piece of pieces) {
    for (let at = 0; at < piece.length; ) {
      const skipped = Math.min(toSkip, piece.length - at)
      toSkip -= skipped
      at += skipped
      if (toSkip > 0 || at === piece.length) continue
      const copied = Math.min(blockLength - filled, piece.length - at)
      header.set(piece.subarray(at, at + copied), filled)
      filled += copied
      at += copied
      if (filled < blockLength) continue
      filled = 0
      take()
    }
    yield piece
  }
  if (emptyBlocks < fewestEmptyBlocks || filled > 0) throw odd('ends early')
}

function isLongNameAndTarget(seen: string): boolean {
  return seen === 'LK' || seen === 'KL'
}

function sizeIn(header: Buffer): number {
  const text = header.toString('latin1', 124, 136)
  const digits = /^ *([0-7]*)[ \0]*$/.exec(text)?.[1]
  if (digits === undefined) throw odd('has a size in an unusual form')
  return Number.parseInt(digits || '0', 8)
}

function odd(why: string): Unfit {
  return new Unfit(`the archive of a layer ${why}`)
}
