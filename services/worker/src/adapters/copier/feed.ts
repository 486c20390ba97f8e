import type { Readable } from 'node:stream'
import { packError, type ToThread } from './thread-protocol.ts'

/** Bytes of one stream that may be under way to the thread. */
const mostUnderWay = 16_777_216

/** Hands one stream over to a thread, no faster than it is taken there. */
export interface Feed {
  took(bytes: number): void
  /** Ends the stream where it is. The thread is told that it broke off, in case that it waits for more. */
  stop(reason: unknown): void
}

type Post = (message: ToThread, transfer: readonly ArrayBuffer[]) => void

/** `open` is called at once. */
export function feed(open: () => Readable | Promise<Readable>, index: number, post: Post): Feed {
  let underWay = 0
  let stopped: { readonly reason: unknown } | null = null
  let room = Promise.withResolvers<void>()
  let readable: Readable | null = null

  async function pump(): Promise<void> {
    const opened = await open()
    readable = opened
    if (stopped) opened.destroy()
    for await (const chunk of opened) {
      // A copy: the memory of what came from a socket is shared with other pieces, and cannot be given away.
      const bytes = new Uint8Array(chunk as Uint8Array)
      underWay += bytes.length
      post({ kind: 'chunk', stream: index, bytes }, [bytes.buffer])
      while (underWay >= mostUnderWay && !stopped) await room.promise
      if (stopped) throw stopped.reason
    }
    post({ kind: 'end', stream: index }, [])
  }

  pump().catch((error: unknown) => post({ kind: 'broken', stream: index, error: packError(error) }, []))

  return {
    took(bytes) {
      underWay -= bytes
      room.resolve()
      room = Promise.withResolvers()
    },
    stop(reason) {
      if (stopped) return
      stopped = { reason }
      room.resolve()
      readable?.destroy(reason instanceof Error ? reason : undefined)
      post({ kind: 'broken', stream: index, error: packError(reason) }, [])
    },
  }
}
