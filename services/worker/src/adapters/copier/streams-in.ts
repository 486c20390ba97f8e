import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads'
import type { JobContext } from './jobs.ts'
import { createRingMemory, openRing, type Ring } from './ring.ts'
import { type FromThread, type ToThread, unpackError } from './thread-protocol.ts'

/** Bytes that are taken at a time. */
const pieceLength = 65_536
/** How often, in milliseconds, who waits for a piece looks whether the job is to stop. */
const lookEvery = 100

/**
 * The thread's side of the streams that the main thread hands over. Who reads blocks the thread until something is
 * there: it has nothing else to do.
 */
export function createStreamsIn(port: MessagePort, check: () => void): JobContext['open'] {
  const say = (message: FromThread) => port.postMessage(message)

  /** At once, and not when the first piece is asked for: what comes meanwhile need not be waited for. */
  return (stream, instead = () => false) => {
    const memory = createRingMemory()
    say({ kind: 'open', stream, memory })
    return piecesOf(stream, openRing(memory), instead)
  }

  function* piecesOf(stream: number, ring: Ring, instead: () => boolean): Generator<Uint8Array> {
    try {
      for (;;) {
        const found = ring.read(pieceLength)
        if (found) {
          if (found.isWriterWaiting) say({ kind: 'room', stream })
          yield found.piece
          continue
        }
        const state = ring.state()
        if (state === 'ended') return
        if (state === 'broken') throw reasonOf(port, stream)
        check()
        if (!instead()) ring.wait(lookEvery)
      }
    } finally {
      say({ kind: 'close', stream })
    }
  }
}

/** Why a stream broke off. What is said of others before it was for nobody: they were left early. */
function reasonOf(port: MessagePort, stream: number): Error {
  for (;;) {
    const received = receiveMessageOnPort(port) as { readonly message: ToThread } | undefined
    if (!received) return new Error('A stream broke off.')
    if (received.message.stream === stream) return unpackError(received.message.error)
  }
}
