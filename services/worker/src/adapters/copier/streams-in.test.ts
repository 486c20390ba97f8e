import type { MessagePort } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'
import type { Pieces } from './jobs.ts'
import { openRing, type Ring } from './ring.ts'
import { createStreamsIn } from './streams-in.ts'
import type { FromThread } from './thread-protocol.ts'

describe('a stream that nothing has come of yet', () => {
  it('lets something else be done, for as long as there is any', () => {
    const { open, ring } = openStreams()
    let done = 0

    const pieces = open(0, () => {
      done += 1
      if (done < 3) return true
      ring().write(Buffer.from('all of it'))
      ring().end('ended')
      return false
    })

    expect(textOf(pieces)).toBe('all of it')
    expect(done).toBe(3)
  })

  it('stops when the job has to, whatever else there is to do', () => {
    let isOver = false
    const { open } = openStreams(() => {
      if (isOver) throw new Error('over')
    })

    const pieces = open(0, () => {
      isOver = true
      return true
    })

    expect(() => textOf(pieces)).toThrow('over')
  })

  it('does nothing else where something has come', () => {
    const { open, ring } = openStreams()
    let done = 0
    const pieces = open(0, () => {
      done += 1
      return true
    })
    ring().write(Buffer.from('all of it'))
    ring().end('ended')

    expect(textOf(pieces)).toBe('all of it')
    expect(done).toBe(0)
  })
})

/** The thread's side, and what the main thread writes to. */
function openStreams(check: () => void = () => {}) {
  const said: FromThread[] = []
  const port = { postMessage: (message: FromThread) => said.push(message) } as unknown as MessagePort
  return {
    open: createStreamsIn(port, check),
    ring(): Ring {
      const opened = said.find((message) => message.kind === 'open')
      if (opened?.kind !== 'open') throw new Error('no stream was opened')
      return openRing(opened.memory)
    },
  }
}

function textOf(pieces: Pieces): string {
  return [...(pieces as Iterable<Uint8Array>)].map((piece) => Buffer.from(piece).toString()).join('')
}
