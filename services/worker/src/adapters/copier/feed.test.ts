import { Readable } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { feed } from './feed.ts'
import type { ToThread } from './thread-protocol.ts'

const pieceLength = 65_536

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
  let posted = 0
  const feeding = feed(endless, 0, (message) => {
    if (message.kind === 'chunk') posted += message.bytes.length
  })
  await turns()
  const before = posted

  feeding.took(before)

  await turns()
  // What the stream holds at once may come on top.
  expect(before).toBeGreaterThanOrEqual(16_777_216)
  expect(before).toBeLessThan(16_777_216 + 4 * pieceLength)
  expect(posted).toBeGreaterThanOrEqual(before + 16_777_216)
  expect(posted).toBeLessThan(before + 16_777_216 + 4 * pieceLength)
  feeding.stop(new Error('enough'))
})

it('leaves the memory of a piece to whoever has it, too', async () => {
  const piece = Buffer.from('slipway')
  const posted: ToThread[] = []

  feed(
    () => Readable.from([piece], { objectMode: false }),
    0,
    (message, transfer) => {
      posted.push(structuredClone(message, { transfer: [...transfer] }))
    },
  )

  await turns()
  expect(posted).toEqual([
    { kind: 'chunk', stream: 0, bytes: new Uint8Array(Buffer.from('slipway')) },
    { kind: 'end', stream: 0 },
  ])
  expect(piece.toString()).toBe('slipway')
})

it('destroys a stream that is opened when nobody wants it any more', async () => {
  const opened = Promise.withResolvers<Readable>()
  const stream = endless()
  const feeding = feed(
    () => opened.promise,
    0,
    () => {},
  )

  feeding.stop(new Error('enough'))
  opened.resolve(stream)

  await turns()
  expect(stream.destroyed).toBe(true)
})
