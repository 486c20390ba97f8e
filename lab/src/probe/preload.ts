// Loaded before a service's own code by `--import`, so that nothing of it need know that it is watched.
import { appendFile } from 'node:fs/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { isMainThread } from 'node:worker_threads'
import type { ProbeSample } from '../probe.ts'

const everyMs = 100
/** Milliseconds between two looks at the event loop; a delay is told with it, never without. */
const resolution = 2

// A thread of the service loads this too.
if (isMainThread) watch(new URL(import.meta.url).searchParams.get('file') ?? '')

function watch(file: string): void {
  // Node's own histogram forgets the delay that it is in when it is reset, which is the very one to be seen here.
  let longest = 0
  let last = performance.now()
  const look = () => {
    const now = performance.now()
    longest = Math.max(longest, now - last)
    last = now
  }
  setInterval(look, resolution).unref()

  // One after the other, and by the thread pool: a slow disk must not look like a busy service.
  let writing = Promise.resolve()
  const write = (collected: boolean) => {
    look()
    const { rss, heapUsed } = process.memoryUsage()
    const sample: ProbeSample = { at: Date.now(), delay: longest, rss, heap: heapUsed, collected }
    longest = 0
    writing = writing.then(() => appendFile(file, `${JSON.stringify(sample)}\n`)).catch(() => undefined)
  }
  setInterval(write, everyMs, false).unref()

  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  process.on('SIGUSR2', () => {
    collect()
    write(true)
  })
}
