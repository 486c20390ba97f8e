// The floor: a worker that does nothing with its jobs, on the queue that it is told of.
import { Worker } from 'bullmq'
import { Redis } from 'ioredis'

const [url = '', queue = ''] = process.argv.slice(2)
const redis = new Redis(url, { maxRetriesPerRequest: null })
// What a host's worker has by default, so that the two differ in nothing else.
const settings = { concurrency: 2, lockDuration: 60_000, stalledInterval: 15_000, maxStalledCount: 5 }
const worker = new Worker(queue, async () => 'done', { connection: redis, prefix: queue, ...settings })

process.once('SIGTERM', async () => {
  await worker.close()
  redis.disconnect()
})
await worker.waitUntilReady()
process.stdout.write(`${JSON.stringify({ msg: 'ready' })}\n`)
