import type { JobContext } from './jobs.ts'
import { type FromThread, type ToThread, unpackError } from './thread-protocol.ts'

interface StreamIn {
  readonly pieces: Uint8Array[]
  end: 'open' | 'ended' | Error
  wake: () => void
}

/** The thread's side of the streams that the main thread hands over. */
export function createStreamsIn(say: (message: FromThread) => void) {
  const streams = new Map<number, StreamIn>()

  /** At once, and not when the first piece is asked for: what comes meanwhile need not be waited for. */
  function open(index: number): ReturnType<JobContext['open']> {
    const stream: StreamIn = { pieces: [], end: 'open', wake: () => {} }
    streams.set(index, stream)
    say({ kind: 'open', stream: index })
    return piecesOf(index, stream)
  }

  async function* piecesOf(index: number, stream: StreamIn): ReturnType<JobContext['open']> {
    try {
      for (;;) {
        const piece = stream.pieces.shift()
        if (piece) {
          yield piece
          say({ kind: 'took', stream: index, bytes: piece.length })
        } else if (stream.end === 'ended') return
        else if (stream.end === 'open') {
          await new Promise<void>((resolve) => {
            stream.wake = resolve
          })
        } else throw stream.end
      }
    } finally {
      streams.delete(index)
      say({ kind: 'close', stream: index })
    }
  }

  return {
    open,
    take(message: ToThread): void {
      const stream = streams.get(message.stream)
      if (!stream) return
      if (message.kind === 'chunk') stream.pieces.push(message.bytes)
      else stream.end = message.kind === 'end' ? 'ended' : unpackError(message.error)
      stream.wake()
    },
  }
}
