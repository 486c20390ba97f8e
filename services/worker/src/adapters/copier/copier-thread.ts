import { parentPort } from 'node:worker_threads'
import { type JobContext, jobs } from './jobs.ts'
import { createStreamsIn } from './streams-in.ts'
import { type FromThread, flag, packError, type ThreadStart } from './thread-protocol.ts'

/** How often, in milliseconds, a job that waits for the answer to a file looks whether it is to stop. */
const lookEvery = 100

/** Waits for a job, does it and ends. Whatever it throws goes back as a message. */
async function main(): Promise<void> {
  const port = parentPort
  if (!port) throw new Error('This is the inside of a thread.')
  const start = await new Promise<ThreadStart>((resolve) => port.once('message', resolve))
  const say = (message: FromThread) => port.postMessage(message)
  function check(): void {
    if (Atomics.load(start.flags, flag.abort) !== 0) throw new Error('The job was told to stop.')
  }

  function onFile(): void {
    if (!start.reportsFiles) return
    Atomics.store(start.flags, flag.answered, 0)
    say({ kind: 'file' })
    while (Atomics.wait(start.flags, flag.answered, 0, lookEvery) === 'timed-out') check()
  }

  const context: JobContext = { check, onFile, open: createStreamsIn(port, check) }
  const job = (jobs as Record<string, ((input: never, context: JobContext) => unknown) | undefined>)[
    start.job
  ]
  try {
    if (!job) throw new Error(`There is no job ${start.job}.`)
    say({ kind: 'done', result: await job(start.input as never, context) })
  } catch (error) {
    say({ kind: 'failed', error: packError(error) })
  }
}

await main()
