import { Worker } from 'node:worker_threads'

/** Entries of a manifest take the most: some 500 bytes each, twice for half a million of them. */
const defaultMemory = 1_024
/** Less, and what a job holds anyway is moved about by each of many small collections; more is only memory. */
const youngMemory = 20
/** Milliseconds that a thread waits for the work it was started for. */
const longestSpare = 60_000

interface Spare {
  readonly thread: Worker
  readonly timer: NodeJS.Timeout
}

let spare: Spare | null = null

/**
 * Work for a thread is coming: it starts now, while what the work needs is still being asked for. Harmless when none
 * comes after all.
 */
export function expectCopier(): void {
  if (spare) return
  const thread = startThread(defaultMemory)
  const timer = setTimeout(() => dropSpare(thread), longestSpare)
  // Neither may keep a process up that has nothing else to do.
  thread.unref()
  timer.unref()
  thread.once('error', () => dropSpare(thread))
  spare = { thread, timer }
}

/** A thread for one job: the one that was started ahead where there is one. */
export function takeThread(memory: number = defaultMemory): Worker {
  if (!spare || memory !== defaultMemory) return startThread(memory)
  const { thread, timer } = spare
  spare = null
  clearTimeout(timer)
  thread.removeAllListeners('error')
  thread.ref()
  return thread
}

function dropSpare(thread: Worker): void {
  if (spare?.thread !== thread) return
  clearTimeout(spare.timer)
  spare = null
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
