import { setTimeout as sleep } from 'node:timers/promises'
import { keyPrefix, maintenanceQueueName, type Schedules } from '@slipway/core'
import { createRedisServer, isFull, type RedisServer } from '@slipway/lab'
import { connectWaiting, type RedisClient } from '@slipway/store'
import { Queue, QueueEvents } from 'bullmq'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { newHost } from '../test/queue-rig.ts'
import { openMaintenance } from './maintenance-queue.ts'
import { ensureSchedules, repeatStrategy } from './schedules.ts'

let server: RedisServer
const clients: RedisClient[] = []

beforeAll(async () => {
  server = await createRedisServer()
  await server.start()
})
afterAll(async () => {
  for (const client of clients) client.disconnect()
  await server.stop()
})

function connect(): RedisClient {
  const client = connectWaiting({ url: server.url, username: undefined, password: undefined })
  client.on('error', () => {})
  clients.push(client)
  return client
}

const period = 2_000
const length = isFull() ? 60_000 : 12_000
/** Milliseconds before and after a slot. */
const nearby = 30
const zones = ['UTC', 'Asia/Shanghai', 'Europe/Berlin', 'America/New_York', 'Asia/Kathmandu']

/** The same times in other words, since no zone is off by parts of two seconds, and one schedule that comes and goes. */
function versionOf(at: number): Partial<Schedules> {
  const prune = { cron: '*/2 * * * * *', timezone: zones[at % zones.length] }
  const reconcile = { every: period }
  return at % 2 === 0 ? { prune, reconcile } : { prune, reconcile, verify: { cron: '0 3 * * *' } }
}

function isNearSlot(now: number): boolean {
  return (now + nearby) % period < 2 * nearby
}

/** The slots that were done of one job, in their order. */
function slotsOf(done: readonly string[], job: string): number[] {
  return done
    .filter((id) => id.split(':')[1] === job)
    .map((id) => Number(id.split(':')[2]))
    .toSorted((a, b) => a - b)
}

it(
  'five workers and five that change the configuration all the time leave each slot done once',
  async () => {
    const host = newHost()
    const [name, prefix] = [maintenanceQueueName(host), keyPrefix(host)]
    const done: string[] = []
    const events = new QueueEvents(name, { connection: connect(), prefix })
    events.on('completed', ({ jobId }) => void done.push(jobId))
    await events.waitUntilReady()
    const nothing = async () => {}
    const workers = zones.map((_, at) =>
      openMaintenance({
        host,
        redis: connect(),
        schedules: versionOf(at),
        settings: { lock_duration: 5_000, stalled_interval: 1_000 },
        work: { prune: nothing, reconcile: nothing, 'verify-all': nothing },
        log: pino({ level: 'silent' }),
      }),
    )
    const queues = zones.map(
      () => new Queue(name, { connection: connect(), prefix, settings: { repeatStrategy } }),
    )
    onTestFinished(async () => {
      await Promise.all([...workers, ...queues, events].map((one) => one.close()))
    })
    for (const worker of workers) worker.run()
    await Promise.all(workers.map((worker) => worker.ensure()))
    const end = Date.now() + length
    let changes = 0

    await Promise.all(
      queues.map(async (queue, at) => {
        for (let version = at; Date.now() < end; version += 1) {
          await ensureSchedules(queue, versionOf(version))
          changes += 1
          // Most of them at the very moment at which a slot is due.
          if (!isNearSlot(Date.now())) await sleep(Math.random() * 40)
        }
      }),
    )
    await sleep(200)

    expect(changes).toBeGreaterThan(length / 100)
    for (const job of ['prune', 'reconcile']) {
      const slots = slotsOf(done, job)
      expect(slots.length).toBeGreaterThanOrEqual(length / period - 1)
      // One after the other, none twice and none left out.
      expect(slots).toEqual(slots.map((_, at) => (slots[0] ?? 0) + at * period))
    }
    expect(await queues[0]?.getJobSchedulersCount()).toBeLessThanOrEqual(3)
  },
  length + 20_000,
)
