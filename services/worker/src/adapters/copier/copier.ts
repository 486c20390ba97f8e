import type { Readable } from 'node:stream'
import { Worker } from 'node:worker_threads'
import { SlipwayError } from '@slipway/core'
import { type Feed, feed } from './feed.ts'
import type { JobInput, JobName, JobResult } from './jobs.ts'
import { type FromThread, flag, type ThreadStart, unpackError } from './thread-protocol.ts'

export interface CopierOptions {
  readonly signal: AbortSignal
  /** What the job may read, by number. Each is opened when the job asks for it, and destroyed when it is done. */
  readonly streams?: readonly (() => Readable | Promise<Readable>)[]
  /** Called before each file is written, while the thread waits. Left out, nothing is waited for. */
  readonly onFile?: (() => void) | undefined
  /** Megabytes of memory for what the job holds in JavaScript. */
  readonly memory?: number
}

/** Entries of a manifest take the most: some 500 bytes each, twice for half a million of them. */
const defaultMemory = 1_024
/** Milliseconds that a job has to come to its own end after it was told to stop. */
const grace = 5_000

/**
 * Does the disk work of a job in a thread of its own, synchronously there, so that twenty thousand small calls neither
 * wait for one another nor for the event loop. A thread for each job: it starts in less than a tenth of a second, and
 * what the job held goes with it. When this settles, the thread is gone and touches nothing any more.
 * @throws the reason of the signal; SlipwayError and errors of the disk as the job threw them; RELEASE_STORE_FAILED
 * when the thread itself dies
 */
export async function runCopier<J extends JobName>(
  job: J,
  input: JobInput<J>,
  { signal, streams = [], onFile, memory = defaultMemory }: CopierOptions,
): Promise<JobResult<J>> {
  signal.throwIfAborted()
  const flags = new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT))
  const thread = new Worker(new URL('./copier-thread.ts', import.meta.url), {
    workerData: { job, input, flags, reportsFiles: onFile !== undefined } satisfies ThreadStart,
    env: threadEnvironment(),
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: memory, maxYoungGenerationSizeMb: 16 },
  })
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
    else if (message.kind === 'took') feeds.get(message.stream)?.took(message.bytes)
    else if (message.kind === 'close') feeds.get(message.stream)?.stop(new Error('No more of it is wanted.'))
    else {
      const open = streams[message.stream]
      if (!open) return
      const post = (text: unknown, transfer: readonly ArrayBuffer[]) => thread.postMessage(text, transfer)
      feeds.set(message.stream, feed(open, message.stream, post))
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
  signal.addEventListener('abort', stop, { once: true })
  try {
    return await ended.promise
  } catch (error) {
    signal.throwIfAborted()
    throw error
  } finally {
    signal.removeEventListener('abort', stop)
    clearTimeout(forced)
    stopFeeds(new Error('The job is done.'))
    await thread.terminate()
  }
}

/** Secrets may stand in that of the process, and the thread has a use for nothing but the cache of compiled code. */
function threadEnvironment(): NodeJS.ProcessEnv {
  // biome-ignore lint/style/noProcessEnv: it is Node's own setting, and Node reads it of a thread's environment
  const { NODE_COMPILE_CACHE: cache } = process.env
  return cache === undefined ? {} : { NODE_COMPILE_CACHE: cache }
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
