import type { Readable } from 'node:stream'
import { SlipwayError } from '@slipway/core'
import { type Feed, feed } from './feed.ts'
import type { JobInput, JobName, JobResult } from './jobs.ts'
import { giveBack, takeThread } from './thread.ts'
import { type FromThread, flag, type ThreadStart, unpackError } from './thread-protocol.ts'

export interface CopierOptions {
  readonly signal: AbortSignal
  /** What the job may read, by number. Each is opened when the job asks for it, and destroyed when it is done. */
  readonly streams?: readonly (() => Readable | Promise<Readable>)[]
  /** Called before each file is written, while the thread waits. Left out, nothing is waited for. */
  readonly onFile?: (() => void) | undefined
  /** Megabytes of memory for what the job holds in JavaScript. Default: enough for the largest source. */
  readonly memory?: number
}

/** Milliseconds that a job has to come to its own end after it was told to stop. */
const grace = 5_000

/**
 * Does the disk work of a job in a thread of its own, synchronously there, so that twenty thousand small calls neither
 * wait for one another nor for the event loop. The thread does one job at a time; one whose job failed or was stopped is
 * not used again. When this settles, the thread touches nothing of the job any more.
 * @throws the reason of the signal; SlipwayError and errors of the disk as the job threw them; RELEASE_STORE_FAILED
 * when the thread itself dies
 */
export async function runCopier<J extends JobName>(
  job: J,
  input: JobInput<J>,
  { signal, streams = [], onFile, memory }: CopierOptions,
): Promise<JobResult<J>> {
  signal.throwIfAborted()
  const flags = new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT))
  const thread = takeThread(memory)
  const start: ThreadStart = { kind: 'start', job, input, flags, reportsFiles: onFile !== undefined }
  thread.postMessage(start)
  const feeds = new Map<number, Feed>()
  const ended = Promise.withResolvers<JobResult<J>>()
  const stopFeeds = (reason: unknown) => {
    for (const one of feeds.values()) one.stop(reason)
  }

  function answerFile(): void {
    try {
      onFile?.()
    } catch (error) {
      ended.reject(error)
      Atomics.store(flags, flag.abort, 1)
    }
    Atomics.store(flags, flag.answered, 1)
    Atomics.notify(flags, flag.answered)
  }

  thread.on('message', (message: FromThread) => {
    if (message.kind === 'done') ended.resolve(message.result as JobResult<J>)
    else if (message.kind === 'failed') ended.reject(unpackError(message.error))
    else if (message.kind === 'file') answerFile()
    else if (message.kind === 'room') feeds.get(message.stream)?.resume()
    else if (message.kind === 'close') feeds.get(message.stream)?.stop(new Error('No more of it is wanted.'))
    else {
      const open = streams[message.stream]
      if (!open) return
      feeds.set(
        message.stream,
        feed(open, message, (text) => thread.postMessage(text)),
      )
    }
  })
  thread.on('error', (error) => ended.reject(died(error)))
  thread.on('exit', () => ended.reject(died(new Error('It ended without a result.'))))

  let forced: NodeJS.Timeout | undefined
  function stop(): void {
    Atomics.store(flags, flag.abort, 1)
    stopFeeds(signal.reason)
    forced = setTimeout(() => ended.reject(signal.reason), grace)
  }
  function end(): void {
    signal.removeEventListener('abort', stop)
    clearTimeout(forced)
    stopFeeds(new Error('The job is done.'))
  }

  signal.addEventListener('abort', stop, { once: true })
  try {
    const result = await ended.promise
    end()
    await giveBack(thread, memory)
    return result
  } catch (error) {
    end()
    await thread.terminate()
    signal.throwIfAborted()
    throw error
  }
}

function died(cause: Error): SlipwayError {
  return new SlipwayError(
    'RELEASE_STORE_FAILED',
    `The thread that works on releases died: ${cause.message}`,
    {
      cause,
    },
  )
}
