import { createRedisServer, type RedisServer } from '@slipway/lab'
import { connectWaiting, type RedisClient } from '@slipway/store'
import { Queue, Worker } from 'bullmq'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { until } from '../test/until.ts'
import { restWhenRefused } from './rest-when-refused.ts'

let server: RedisServer
let redis: RedisClient
let queue: Queue
let worker: Worker

beforeEach(async () => {
  server = await createRedisServer()
  await server.start()
  redis = connectWaiting({ url: server.url, username: undefined, password: undefined })
  queue = new Queue('rest', { connection: redis })
  worker = new Worker('rest', async () => {}, { connection: redis, drainDelay: 1 })
  await worker.waitUntilReady()
})

afterEach(async () => {
  await worker.close()
  await queue.close()
  redis.disconnect()
  await server.stop()
})

it('a worker rests while Redis refuses, and takes jobs again by itself', async () => {
  let errors = 0
  worker.on('error', () => {
    errors += 1
  })
  restWhenRefused(worker)
  await queue.add('one', {})
  await until(async () => (await queue.getCompletedCount()) === 1)

  await worker.pause()
  await queue.add('two', {})
  await redis.config('SET', 'maxmemory', '1')
  void worker.resume()
  await until(() => errors > 0)
  const begun = performance.now()
  await until(() => errors > 2)
  const took = performance.now() - begun
  await redis.config('SET', 'maxmemory', '0')

  await until(async () => (await queue.getCompletedCount()) === 2)
  // Without a rest there would be hundreds a second.
  expect(took).toBeGreaterThan(500)
})
