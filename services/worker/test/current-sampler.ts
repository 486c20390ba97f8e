import { readFileSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'

/** Looks through `current` as fast as it can, in a thread of its own, and counts the looks that found nothing. */
const { file, stop } = workerData as { file: string; stop: Int32Array }
let looks = 0
let misses = 0
parentPort?.postMessage('looking')
while (Atomics.load(stop, 0) === 0) {
  looks += 1
  try {
    readFileSync(file)
  } catch {
    misses += 1
  }
}
parentPort?.postMessage({ looks, misses })
