import { type MessagePort, parentPort } from 'node:worker_threads'
import { type Ahead, createAhead } from './ahead.ts'
import { type JobContext, jobs } from './jobs.ts'
import { letGoOfAll } from './let-go.ts'
import { createStreamsIn } from './streams-in.ts'
import {
  checkOf,
  type FromThread,
  flag,
  packError,
  type ThreadAhead,
  type ThreadStart,
  type ToThread,
} from './thread-protocol.ts'

/** How often, in milliseconds, a job that waits for the answer to a file looks whether it is to stop. */
const lookEvery = 100

/** Does one job after the other. */
async function main(): Promise<void> {
  const port = parentPort
  if (!port) throw new Error('This is the inside of a thread.')
  const ahead = createAhead()
  for (;;) {
    const start = await startOf(port, ahead)
    await work(start, port, ahead)
    ahead.rest()
    letGoOfAll()
  }
}

/** Does a job. Whatever it throws goes back as a message. */
async function work(start: ThreadStart, port: MessagePort, ahead: Ahead): Promise<void> {
  const say = (message: FromThread) => port.postMessage(message)
  const check = checkOf(start.flags)

  function onFile(): void {
    if (!start.reportsFiles) return
    Atomics.store(start.flags, flag.answered, 0)
    say({ kind: 'file' })
    while (Atomics.wait(start.flags, flag.answered, 0, lookEvery) === 'timed-out') check()
  }

  const context: JobContext = {
    ...{ check, onFile, open: createStreamsIn(port, check), manifest: ahead.manifest },
    help(order) {
      // Who is told of each file is told of one after the other.
      if (start.reportsFiles) return null
      return ahead.helper(order.manifest.bytes.length)?.help({ ...order, flags: start.flags }) ?? null
    },
    wrote: ahead.expect,
  }
  const job = (jobs as Record<string, ((input: never, context: JobContext) => unknown) | undefined>)[
    start.job
  ]
  let end: FromThread
  try {
    if (!job) throw new Error(`There is no job ${start.job}.`)
    end = { kind: 'done', result: await job(start.input as never, context) }
  } catch (error) {
    end = { kind: 'failed', error: packError(error) }
  }
  // A helper may still be at what nobody wants any more.
  Atomics.store(start.flags, flag.abort, 1)
  await ahead.quiet()
  say(end)
}

/** Waits for the next job, and does meanwhile what is asked for ahead of it. */
function startOf(port: MessagePort, ahead: Ahead): Promise<ThreadStart> {
  return new Promise((resolve) => {
    port.on('message', function take(message: ThreadAhead | ThreadStart | ToThread) {
      if (message.kind === 'ahead') ahead.read(message.manifest)
      // What is said of the streams of the job before is for nobody any more.
      if (message.kind !== 'start') return
      port.off('message', take)
      resolve(message)
    })
  })
}

await main()
