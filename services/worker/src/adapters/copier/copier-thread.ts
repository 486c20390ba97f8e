import { parentPort, workerData } from 'node:worker_threads'
import { type JobContext, jobs } from './jobs.ts'
import { createStreamsIn } from './streams-in.ts'
import { type FromThread, flag, packError, type ThreadStart, type ToThread } from './thread-protocol.ts'

/** How often, in milliseconds, a job that waits for the answer to a file looks whether it is to stop. */
const lookEvery = 100

/** Does one job and ends. Whatever it throws goes back as a message. */
async function main(start: ThreadStart): Promise<void> {
  const port = parentPort
  if (!port) throw new Error('This is the inside of a thread.')
  const say = (message: FromThread) => port.postMessage(message)
  const streams = createStreamsIn(say)
  port.on('message', (message: ToThread) => streams.take(message))

  function check(): void {
    if (Atomics.load(start.flags, flag.abort) !== 0) throw new Error('The job was told to stop.')
  }

  function onFile(): void {
    if (!start.reportsFiles) return
    Atomics.store(start.flags, flag.answered, 0)
    say({ kind: 'file' })
    while (Atomics.wait(start.flags, flag.answered, 0, lookEvery) === 'timed-out') check()
  }

  const context: JobContext = { check, onFile, open: streams.open }
  const job = (jobs as Record<string, ((input: never, context: JobContext) => unknown) | undefined>)[
    start.job
  ]
  try {
    if (!job) throw new Error(`There is no job ${start.job}.`)
    say({ kind: 'done', result: await job(start.input as never, context) })
  } catch (error) {
    say({ kind: 'failed', error: packError(error) })
  }
  port.close()
}

await main(workerData as ThreadStart)
