import { Worker } from 'node:worker_threads'
import type { ThreadAhead } from './thread-protocol.ts'

/** Entries of a manifest take the most: some 500 bytes each, twice for half a million of them. */
const defaultMemory = 1_024
/** Less, and what a job holds anyway is moved about by each of many small collections; more is only memory. */
const youngMemory = 20
/** Milliseconds that a thread stays for the next job: pushes come in bursts, and one that has worked before is warm. */
const longestIdle = 600_000

interface Idle {
  readonly thread: Worker
  readonly timer: NodeJS.Timeout
}

let idle: Idle | null = null

/**
 * Work for a thread is coming: one that is not there yet starts now, while what the work needs is still being asked for.
 * Harmless when none comes after all.
 * @param manifest of the release that it takes over from: the thread reads it meanwhile
 */
export function expectCopier(manifest: string | null): void {
  if (!idle) keepIdle(startThread(defaultMemory))
  if (manifest !== null) idle?.thread.postMessage({ kind: 'ahead', manifest } satisfies ThreadAhead)
}

/** A thread for one job: the one that waits for it where there is one. */
export function takeThread(memory: number = defaultMemory): Worker {
  if (!idle || memory !== defaultMemory) return startThread(memory)
  const { thread, timer } = idle
  idle = null
  clearTimeout(timer)
  thread.removeAllListeners('error')
  thread.ref()
  return thread
}

/** Keeps a thread that has done its job for the next one, or ends it. It touches nothing any more then. */
export async function giveBack(thread: Worker, memory: number = defaultMemory): Promise<void> {
  // One by one: Node has listeners of its own on it.
  for (const event of ['message', 'error', 'exit']) thread.removeAllListeners(event)
  if (idle || memory !== defaultMemory) await thread.terminate()
  else keepIdle(thread)
}

function keepIdle(thread: Worker): void {
  const timer = setTimeout(() => drop(thread), longestIdle)
  // Neither may keep a process up that has nothing else to do.
  thread.unref()
  timer.unref()
  thread.once('error', () => drop(thread))
  idle = { thread, timer }
}

function drop(thread: Worker): void {
  if (idle?.thread !== thread) return
  clearTimeout(idle.timer)
  idle = null
  void thread.terminate()
}

function startThread(memory: number): Worker {
  return new Worker(new URL('./copier-thread.ts', import.meta.url), {
    env: threadEnvironment(),
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: memory, maxYoungGenerationSizeMb: youngMemory },
  })
}

/** Secrets may stand in that of the process, and the thread has a use for nothing but the cache of compiled code. */
function threadEnvironment(): NodeJS.ProcessEnv {
  // biome-ignore lint/style/noProcessEnv: it is Node's own setting, and Node reads it of a thread's environment
  const { NODE_COMPILE_CACHE: cache } = process.env
  return cache === undefined ? {} : { NODE_COMPILE_CACHE: cache }
}
