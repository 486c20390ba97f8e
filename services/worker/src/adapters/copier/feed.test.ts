import { Readable } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { type Feed, feed } from './feed.ts'
import { createRingMemory, openRing, type Ring } from './ring.ts'
import type { ToThread } from './thread-protocol.ts'

const pieceLength = 65_536
const capacity = 4_194_304

/** A feed of `open`, with the thread's end of its ring. */
function fed(open: () => Readable): { feeding: Feed; ring: Ring; posted: ToThread[] } {
  const memory = createRingMemory()
  const posted: ToThread[] = []
  return {
    feeding: feed(open, { stream: 3, memory }, (message) => posted.push(message)),
    ring: openRing(memory),
    posted,
  }
}

function endless(): Readable {
  return Readable.from(
    (function* () {
      for (;;) yield Buffer.alloc(pieceLength, 1)
    })(),
    { objectMode: false },
  )
}

async function turns(): Promise<void> {
  for (let count = 0; count < 200; count += 1) await turn()
}

it('hands over no more than 4 MiB before some of it was taken', async () => {
  const { feeding, ring } = fed(endless)
  await turns()

  const first = ring.read(2 * capacity)
  const second = ring.read(2 * capacity)
  if (first?.isWriterWaiting) feeding.resume()
  await turns()
  const third = ring.read(2 * capacity)

  expect(first?.piece.length).toBe(capacity)
  expect(first?.isWriterWaiting).toBe(true)
  expect(second).toBeNull()
  expect(third?.piece.length).toBe(capacity)
  feeding.stop(new Error('enough'))
})

it('hands over what comes, in its order, whatever the pieces are, and then says that it is all', async () => {
  const whole = Buffer.from(
    Array.from({ length: 3 * capacity + 17 }, (_, at) => (at * 31 + (at >> 12)) & 255),
  )
  const pieces = Array.from({ length: 41 }, (_, at) =>
    whole.subarray(Math.floor((whole.length * at) / 41), Math.floor((whole.length * (at + 1)) / 41)),
  )
  const { feeding, ring } = fed(() => Readable.from(pieces, { objectMode: false }))
  const taken: Uint8Array[] = []

  while (ring.state() === 'open') {
    const found = ring.read(100_003)
    if (!found) await turn()
    else taken.push(found.piece)
    if (found?.isWriterWaiting) feeding.resume()
  }

  expect(ring.state()).toBe('ended')
  expect(Buffer.concat(taken).equals(whole)).toBe(true)
})

it('leaves the memory of a piece to whoever has it, too', async () => {
  const piece = Buffer.from('slipway')
  const { ring } = fed(() => Readable.from([piece], { objectMode: false }))
  await turns()

  const found = ring.read(100)
  found?.piece.fill(0)

  expect(piece.toString()).toBe('slipway')
})

it('says why the stream broke off, before it says that it did', async () => {
  const { ring, posted } = fed(() =>
    Readable.from(
      // biome-ignore lint/correctness/useYield: it fails before it gives anything
      (async function* () {
        throw new Error('cut')
      })(),
    ),
  )
  await turns()

  expect(ring.state()).toBe('broken')
  expect(posted).toEqual([{ kind: 'broken', stream: 3, error: { message: 'cut', facts: {} } }])
})

it('ends a stream that is stopped while it waits for room', async () => {
  const source = endless()
  const { feeding, ring, posted } = fed(() => source)
  await turns()

  feeding.stop(new Error('enough'))
  await turns()

  expect(source.destroyed).toBe(true)
  expect(posted[0]?.error.message).toBe('enough')
  ring.read(2 * capacity)
  expect(ring.state()).toBe('broken')
})
