import { type AcceptedWant, createRedactor, type Deployment, deployQueueName, keyPrefix } from '@slipway/core'
import {
  connectFailingFast,
  connectWaiting,
  createPushStore,
  createRunStore,
  type PushStore,
  type RunStore,
} from '@slipway/store'
import { type Job, Queue, Worker } from 'bullmq'
import type { Redis } from 'ioredis'
import { pino } from 'pino'
import { onTestFinished, vi } from 'vitest'
import { closeDeployQueue, openDeployQueue } from '../src/deploy-queue.ts'
import { createProcessor } from '../src/process-job.ts'
import { createMemoryMutex, type MemoryMutex } from './fakes/memory-mutex.ts'
import { openRig, type Rig, type RigOptions } from './rig.ts'

export interface QueueRig extends Rig {
  readonly host: string
  readonly redis: Redis
  readonly queue: Queue
  readonly pushes: PushStore
  readonly store: RunStore
  readonly mutex: MemoryMutex
  readonly root: string
  /** Lines that the worker wrote to its own log. */
  readonly log: string[]
  /** Accepts a push of a tag, as ingest does. */
  push(tag: string, project?: string): Promise<AcceptedWant>
  /** Starts the worker of the host, on this mutex; resolves with what stops it. */
  start(): Promise<(timeout: number) => Promise<void>>
  /** Takes the next job as a worker that then dies would: it is active, and nobody renews its lock. */
  takeAndDie(): Promise<Job>
  /** Resolves with the record when its deployment is in this state. */
  untilState(id: string, state: Deployment['state']): Promise<Deployment>
  untilIdle(): Promise<void>
}

export interface QueueRigOptions extends RigOptions {
  /** Milliseconds before the second attempt. */
  readonly retryDelay?: number
}

const lockDuration = 1_000
const stalledInterval = 100
let hosts = 0

/** A host's queue in a real Redis, with a worker whose edges are fakes. All of it is closed with the test. */
export async function openQueueRig(url: string, options: QueueRigOptions = {}): Promise<QueueRig> {
  hosts += 1
  const host = `host-${hosts}`
  const rig = await openRig(options)
  const settings = { url, username: undefined, password: undefined }
  const redis = connectWaiting(settings)
  const producer = connectFailingFast(settings)
  await new Promise((ready) => producer.once('ready', ready))
  const retry = { attempts: 3, delay: options.retryDelay ?? 5 }
  const pushes = createPushStore({ redis: producer, retry, clock: { now: () => Date.now() } })
  const store = createRunStore(redis, host, { now: () => Date.now() })
  const queue = new Queue(deployQueueName(host), { connection: redis, prefix: keyPrefix(host) })
  const mutex = createMemoryMutex()
  const log: string[] = []
  const logger = pino({ level: 'debug' }, { write: (line) => void log.push(line) })
  const stops: ((timeout: number) => Promise<void>)[] = []
  onTestFinished(async () => {
    await Promise.all(stops.map((stop) => stop(0)))
    await queue.close()
    await pushes.close()
    redis.disconnect()
  })

  return {
    ...rig,
    host,
    redis,
    queue,
    pushes,
    store,
    mutex,
    log,
    root: rig.site.config.release.root,
    async push(tag, project = 'shop') {
      const wanted = { project, host, image: 'registry.example.com/acme/shop', tag, digest: null }
      const [accepted] = await pushes.accept([wanted], { kind: 'command', by: 'ada' })
      if (!accepted) throw new Error('nothing was accepted')
      return accepted
    },
    async start() {
      const processor = createProcessor({
        sites: new Map([['shop', rig.site]]),
        tools: rig.run,
        store,
        mutex,
        redact: createRedactor(['a-password']),
        log: logger,
        failpoint: options.failpoint ?? (() => {}),
        lockDuration,
      })
      const worker = openDeployQueue(processor, {
        host,
        redis,
        settings: {
          concurrency: 4,
          lock_duration: lockDuration,
          stalled_interval: stalledInterval,
          shutdown_timeout: 0,
        },
        store,
        log: logger,
      })
      worker.run().catch(() => {})
      await worker.waitUntilReady()
      let closing: Promise<void> | null = null
      const stop = (timeout: number) => {
        closing ??= closeDeployQueue(worker, timeout)
        return closing
      }
      stops.push(stop)
      return stop
    },
    async takeAndDie() {
      const dying = new Worker(deployQueueName(host), null, {
        connection: redis,
        prefix: keyPrefix(host),
        lockDuration: 1,
        autorun: false,
      })
      const job = await dying.getNextJob('dead')
      await dying.close(true)
      if (!job) throw new Error('there is no job')
      return job
    },
    async untilState(id, state) {
      let found: Deployment | null = null
      await vi.waitUntil(
        async () => {
          found = await store.deployment(id)
          return found?.state === state
        },
        { timeout: 10_000, interval: 10 },
      )
      if (!found) throw new Error(`there is no deployment ${id}`)
      return found
    },
    async untilIdle() {
      const busy = () => queue.getJobCounts('wait', 'active', 'delayed', 'prioritized')
      await vi.waitUntil(async () => Object.values(await busy()).every((count) => count === 0), {
        timeout: 10_000,
        interval: 10,
      })
    },
  }
}
