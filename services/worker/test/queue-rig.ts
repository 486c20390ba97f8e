import {
  type AcceptedWant,
  createRedactor,
  type Deployment,
  deployQueueName,
  keyPrefix,
  SlipwayError,
  type Wanted,
  wantsOf,
} from '@slipway/core'
import {
  type Control,
  connectFailingFast,
  connectWaiting,
  createControl,
  createNudger,
  createPushStore,
  createReconcileStore,
  createRolloutStore,
  createRunStore,
  type PushStore,
  type ReconcileStore,
  type RedisClient,
  type RolloutStore,
  type RunEnd,
  type RunStore,
} from '@slipway/store'
import { type Job, Queue, Worker } from 'bullmq'
import { pino } from 'pino'
import { onTestFinished, vi } from 'vitest'
import { closeDeployQueue, openDeployQueue } from '../src/deploy-queue.ts'
import type { Timer } from '../src/ports/timer.ts'
import { createProcessor } from '../src/process-job.ts'
import { reconcile } from '../src/reconcile/reconcile.ts'
import type { Finding } from '../src/reconcile/sweep.ts'
import type { Site } from '../src/rollout/run.ts'
import { calm } from './failure.ts'
import { createMemoryMutex, type MemoryMutex } from './fakes/memory-mutex.ts'
import { openRig, type Rig, type RigOptions } from './rig.ts'

export interface QueueRig extends Rig {
  readonly host: string
  readonly redis: RedisClient
  readonly queue: Queue
  readonly pushes: PushStore
  readonly store: RunStore
  readonly rollouts: RolloutStore
  readonly book: ReconcileStore
  /** What people do to deployments. */
  readonly control: Control
  readonly mutex: MemoryMutex
  readonly root: string
  /** Lines that the worker wrote to its own log. */
  readonly log: string[]
  /** Ends of deployments, as they were told. */
  readonly ends: { readonly deployment: string; readonly end: RunEnd }[]
  /** What reconcile told. */
  readonly findings: Finding[]
  /** Accepts a push of a tag for this host, as ingest does. */
  push(tag: string, more?: Partial<Wanted>): Promise<AcceptedWant>
  /**
   * Starts a worker of the host, on this mutex; resolves with what stops it: no further step is begun, and what has not
   * come to its end after so many milliseconds is interrupted.
   */
  start(options?: StartOptions): Promise<(timeout: number) => Promise<void>>
  /** Looks after the host once, as its worker does now and then. */
  reconcile(): Promise<void>
  /** Takes the next job as a worker that then dies would: it is active, and nobody renews its lock. */
  takeAndDie(): Promise<Job>
  /** Resolves with the record when its deployment is in this state. */
  untilState(id: string, state: Deployment['state']): Promise<Deployment>
  record(id: string): Promise<Deployment>
  untilIdle(): Promise<void>
}

export interface StartOptions {
  /** It was asked to stop already, and still gets jobs. */
  readonly isStopping?: boolean
}

export interface QueueRigOptions extends RigOptions {
  /** Default: one that nobody else has. */
  readonly host?: string
  /** Milliseconds before the second attempt. */
  readonly retryDelay?: number
  readonly concurrency?: number
  /** What time it is for the worker. Default: one that stands still unless somebody sleeps. */
  readonly clock?: Timer
  /** What time it is for whoever accepts pushes. Default: the time of the machine. */
  readonly now?: () => number
  /** Further projects of the host. */
  readonly others?: readonly Site[]
}

const lockDuration = 1_000
const stalledInterval = 100
let hosts = 0

/** A name for a host that no other test has. */
export function newHost(): string {
  hosts += 1
  return `host-${hosts}`
}

/** A host's queue in a real Redis, with a worker whose edges are fakes. All of it is closed with the test. */
export async function openQueueRig(url: string, options: QueueRigOptions = {}): Promise<QueueRig> {
  const { host = newHost(), now = () => Date.now() } = options
  const rig = await openRig(options)
  const settings = { url, username: undefined, password: undefined }
  const redis = connectWaiting(settings)
  const producer = connectFailingFast(settings)
  await new Promise((ready) => producer.once('ready', ready))
  const retry = { attempts: 3, delay: options.retryDelay ?? 5 }
  const machine = { now: () => Date.now() }
  const pushes = createPushStore({ redis: producer, retry, clock: { now } })
  const store = createRunStore(redis, host, machine)
  const rollouts = createRolloutStore(redis, machine)
  const book = createReconcileStore(redis, host)
  const control = createControl({ redis, retry, clock: machine })
  const nudger = createNudger(redis, retry)
  const queue = new Queue(deployQueueName(host), { connection: redis, prefix: keyPrefix(host) })
  const mutex = createMemoryMutex()
  const log: string[] = []
  const findings: Finding[] = []
  const ends: QueueRig['ends'] = []
  const logger = pino({ level: 'debug' }, { write: (line) => void log.push(line) })
  const sites = new Map([rig.site, ...(options.others ?? [])].map((site) => [site.name, site]))
  const tools = { ...rig.run, timer: options.clock ?? rig.timer }
  const stops: ((timeout: number) => Promise<void>)[] = []
  onTestFinished(async () => {
    await Promise.all(stops.map((stop) => stop(0)))
    await queue.close()
    await control.close()
    await nudger.close()
    await pushes.close()
    redis.disconnect()
  })

  async function record(id: string): Promise<Deployment> {
    const found = await store.deployment(id)
    if (!found) throw new Error(`there is no deployment ${id}`)
    return found
  }

  return {
    ...rig,
    host,
    redis,
    queue,
    pushes,
    store,
    rollouts,
    book,
    control,
    mutex,
    log,
    findings,
    ends,
    record,
    root: rig.site.config.release.root,
    async push(tag, more = {}) {
      const image = 'registry.example.com/acme/shop'
      const wanted = { project: rig.site.name, host, image, tag, digest: null, ...more }
      const [accepted] = await pushes.accept([wanted], { kind: 'command', by: 'ada' })
      if (!accepted) throw new Error('nothing was accepted')
      return accepted
    },
    async start({ isStopping = false } = {}) {
      const draining = new AbortController()
      const drain = () => draining.abort(new SlipwayError('INTERRUPTED', 'The worker is to stop.'))
      if (isStopping) drain()
      const processor = createProcessor({
        sites,
        tools,
        store,
        rollouts,
        nudger,
        drain: draining.signal,
        mutex,
        redact: createRedactor(['a-password']),
        log: logger,
        onEnd: (_project, deployment, end) => void ends.push({ deployment, end }),
        failpoint: options.failpoint ?? (() => {}),
        lockDuration,
      })
      const worker = openDeployQueue(processor, {
        host,
        redis,
        settings: {
          concurrency: options.concurrency ?? 4,
          lock_duration: lockDuration,
          stalled_interval: stalledInterval,
          shutdown_timeout: 0,
        },
        store,
        log: logger,
        onEnd: (_project, deployment, end) => void ends.push({ deployment, end }),
      })
      worker.run().catch(() => {})
      await worker.waitUntilReady()
      let closing: Promise<void> | null = null
      const stop = (timeout: number) => {
        drain()
        closing ??= closeDeployQueue(worker, timeout)
        return closing
      }
      stops.push(stop)
      return stop
    },
    reconcile: () =>
      reconcile(
        {
          ...{ host, sites, store, book, rollouts, nudger, pushes, mutex },
          engine: rig.engine,
          maintenance: rig.maintenance,
          timer: tools.timer,
          tell: (finding) => void findings.push(finding),
        },
        calm,
      ),
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
      await vi.waitUntil(async () => (await store.deployment(id))?.state === state, {
        timeout: 10_000,
        interval: 10,
      })
      return record(id)
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

export interface Fleet {
  /** In the order of the hosts. */
  readonly rigs: readonly QueueRig[]
  /** Accepts a push for all hosts; resolves with their deployments in the order of the hosts. */
  push(tag: string): Promise<string[]>
  /** Resolves with the states of these deployments, one a host; null for one that was never written. */
  states(deployments: readonly string[]): Promise<(Deployment['state'] | null)[]>
  untilStates(deployments: readonly string[], states: readonly Deployment['state'][]): Promise<void>
}

/** Several hosts with one project on one Redis, each with fakes of its own. Their workers are not started. */
export async function openFleet(
  url: string,
  rollout: object,
  options: readonly QueueRigOptions[],
): Promise<Fleet> {
  const names = options.map(newHost)
  const rigs = await Promise.all(
    options.map((own, at) =>
      openQueueRig(url, {
        ...own,
        host: names[at] ?? '',
        project: { hosts: names, rollout, ...own.project },
      }),
    ),
  )
  const [first] = rigs
  if (!first) throw new Error('a fleet has a host')
  const states = (deployments: readonly string[]) =>
    Promise.all(
      rigs.map(async ({ store }, at) => (await store.deployment(deployments[at] ?? ''))?.state ?? null),
    )
  return {
    rigs,
    states,
    async push(tag) {
      const wanted = wantsOf('shop', first.site.config, { tag, digest: null })
      const accepted = await first.pushes.accept(wanted, { kind: 'command', by: 'ada' })
      return names.map((name) => accepted.find(({ host }) => host === name)?.deployment ?? '')
    },
    async untilStates(deployments, expected) {
      let seen: readonly (string | null)[] = []
      const isThere = async () => {
        seen = await states(deployments)
        return seen.every((state, at) => state === expected[at])
      }
      await vi.waitUntil(isThere, { timeout: 10_000, interval: 10 }).catch((cause: unknown) => {
        throw new Error(`the hosts are ${seen.join(', ')} and not ${expected.join(', ')}`, { cause })
      })
    },
  }
}
