/** Places in the head of a ring. The two totals wrap; only what lies between them is ever asked for. */
const place = { written: 0, taken: 1, end: 2, isWriterWaiting: 3 } as const
const headLength = 4 * Int32Array.BYTES_PER_ELEMENT
/** Bytes that lie in a ring at most. A power of two, so that a total that wraps stays at its place. */
const capacity = 4_194_304

/** How far a stream has come: more may come, all is there, or it broke off and a message says why. */
const ringEnd = { open: 0, ended: 1, broken: 2 } as const

/**
 * A stream between two threads, in memory that both see: no message, no copy of the engine's, and nothing to collect
 * for each piece, however long the stream is. One side writes, the other reads.
 */
export interface Ring {
  /** Takes as much of the piece as there is room for; returns how much. */
  write(piece: Uint8Array): number
  /** To be called when there was no room. True when there is some by now; else the reader will say so. */
  waitForRoom(): boolean
  /** Tells the reader that nothing comes any more. */
  end(how: keyof typeof ringEnd): void
  /** A copy of what lies there, up to so many bytes; null when nothing does. */
  read(most: number): { readonly piece: Uint8Array; readonly isWriterWaiting: boolean } | null
  /** How it stands, where `read` gave nothing. */
  state(): 'open' | 'ended' | 'broken'
  /** Blocks until something happens, or for so many milliseconds. */
  wait(milliseconds: number): void
}

export function createRingMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer(headLength + capacity)
}

export function openRing(memory: SharedArrayBuffer): Ring {
  const head = new Int32Array(memory, 0, headLength / Int32Array.BYTES_PER_ELEMENT)
  const bytes = new Uint8Array(memory, headLength)
  const filled = () => (Atomics.load(head, place.written) - Atomics.load(head, place.taken)) | 0

  return {
    write(piece) {
      const length = Math.min(piece.length, capacity - filled())
      if (length === 0) return 0
      const at = Atomics.load(head, place.written) & (capacity - 1)
      const first = Math.min(length, capacity - at)
      bytes.set(piece.subarray(0, first), at)
      if (first < length) bytes.set(piece.subarray(first, length), 0)
      Atomics.add(head, place.written, length)
      Atomics.notify(head, place.written)
      return length
    },
    waitForRoom() {
      Atomics.store(head, place.isWriterWaiting, 1)
      // Looked at again: the reader may have made room, and said nothing, just before.
      return filled() < capacity && Atomics.exchange(head, place.isWriterWaiting, 0) === 1
    },
    end(how) {
      Atomics.compareExchange(head, place.end, ringEnd.open, ringEnd[how])
      Atomics.notify(head, place.written)
    },
    read(most) {
      const length = Math.min(filled(), most)
      if (length === 0) return null
      const at = Atomics.load(head, place.taken) & (capacity - 1)
      const first = Math.min(length, capacity - at)
      // Every byte of it is written below; and not from the pool, which would keep far more than the piece.
      const piece = Buffer.allocUnsafeSlow(length)
      piece.set(bytes.subarray(at, at + first))
      if (first < length) piece.set(bytes.subarray(0, length - first), first)
      Atomics.add(head, place.taken, length)
      // Woken when half of it is free, and not for every piece.
      const isWriterWaiting =
        filled() <= capacity / 2 && Atomics.exchange(head, place.isWriterWaiting, 0) === 1
      return { piece, isWriterWaiting }
    },
    state() {
      const end = Atomics.load(head, place.end)
      if (end === ringEnd.broken) return 'broken'
      // In this order: what was written before the end is there when the end is seen.
      return end === ringEnd.ended && filled() === 0 ? 'ended' : 'open'
    },
    wait(milliseconds) {
      const seen = Atomics.load(head, place.written)
      if (filled() > 0 || Atomics.load(head, place.end) !== ringEnd.open) return
      Atomics.wait(head, place.written, seen, milliseconds)
    },
  }
}
