import { type Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createLetGo } from './let-go.ts'
import { openRing } from './ring.ts'
import { packError, type ToThread } from './thread-protocol.ts'

/** Hands one stream over to a thread, no faster than it is taken there. */
export interface Feed {
  /** There is room again. */
  resume(): void
  /** Ends the stream where it is. The thread is told that it broke off, in case that it waits for more. */
  stop(reason: unknown): void
}

/** `open` is called at once. */
export function feed(
  open: () => Readable | Promise<Readable>,
  { stream, memory }: { readonly stream: number; readonly memory: SharedArrayBuffer },
  post: (message: ToThread) => void,
): Feed {
  const ring = openRing(memory)
  const letGo = createLetGo()
  let stopped: { readonly reason: unknown } | null = null
  let room = Promise.withResolvers<void>()
  let readable: Readable | null = null
  let isOver = false

  async function put(chunk: Uint8Array): Promise<void> {
    let rest = chunk
    for (;;) {
      if (stopped) throw stopped.reason
      rest = rest.subarray(ring.write(rest))
      if (rest.length === 0) return
      room = Promise.withResolvers()
      if (!ring.waitForRoom()) await room.promise
    }
  }

  function write(chunk: Uint8Array, _encoding: unknown, done: (error?: Error) => void): void {
    // Nothing is waited for where nothing has to be: pieces are many.
    letGo(chunk.length)
    const written = stopped ? 0 : ring.write(chunk)
    if (written === chunk.length) done()
    else put(chunk.subarray(written)).then(() => done(), done)
  }

  async function pump(): Promise<void> {
    const opened = await open()
    readable = opened
    if (stopped) opened.destroy()
    await pipeline(opened, new Writable({ write }))
    isOver = true
    ring.end('ended')
  }

  /** The message first: who sees the end of the ring finds it. */
  function breakOff(reason: unknown): void {
    if (isOver) return
    isOver = true
    post({ kind: 'broken', stream, error: packError(reason) })
    ring.end('broken')
  }

  pump().catch(breakOff)

  return {
    resume: () => room.resolve(),
    stop(reason) {
      if (stopped) return
      stopped = { reason }
      room.resolve()
      readable?.destroy(reason instanceof Error ? reason : undefined)
      breakOff(reason)
    },
  }
}
