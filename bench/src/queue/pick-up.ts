import { fileURLToPath } from 'node:url'
import { startProcess } from '@slipway/lab'
import { connectFailingFast, createPushStore } from '@slipway/store'
import { Queue, type QueueEvents } from 'bullmq'
import { Redis } from 'ioredis'
import { say, table } from '../figures.ts'
import { imageOf } from '../sites.ts'
import type { Close } from '../with-machine.ts'
import { type Lane, openEvents, openLane } from './lane.ts'
import { call, type Running, startSlipway } from './running.ts'

const samples = 250
const warmUps = 20
const projects = 50
const bar = 1.5

/** From a nudge to its job being active, ours against a bare queue on the same Redis; returns what is missed. */
export async function measurePickUp(folder: string, onClose: (close: Close) => void): Promise<string[]> {
  // Nothing but our own nudges: the worker looks after its projects at its start and then not again.
  const running = await startSlipway({ folder, amount: projects, reconcile: '1h', onClose })
  const lanes = [await openBare(running, onClose), ...(await openOurs(running, onClose))]
  say(`\nsending ${samples} nudges of each kind, one at a time and in turns`)
  const took = await takeTurns(lanes, running.sites.names)
  const floor = p(took[0] ?? [], 0.5)
  const rows = took.map((times, at) => [
    lanes[at]?.name ?? '',
    p(times, 0.5).toFixed(2),
    p(times, 0.99).toFixed(2),
    (p(times, 0.5) / floor).toFixed(2),
  ])
  say(`\n${table([['until the job is active', 'p50 ms', 'p99 ms', 'ratio of p50'], ...rows])}`)
  const ratio = p(took[1] ?? [], 0.5) / floor
  const isMet = ratio < bar
  return isMet ? [] : [`a nudge takes ${ratio.toFixed(2)} times as long as a bare one, not below ${bar}`]
}

/** The times of each lane, sorted. */
async function takeTurns(lanes: readonly Lane[], names: readonly string[]): Promise<number[][]> {
  const took = new Map(lanes.map((lane): [Lane, number[]] => [lane, []]))
  for (let round = 0; round < warmUps + samples; round += 1) {
    const name = names[round % names.length] ?? ''
    // There and back, so that none always comes after the same other one.
    for (const lane of round % 2 === 0 ? lanes : lanes.toReversed()) {
      const milliseconds = await lane.sample(name)
      if (round >= warmUps) took.get(lane)?.push(milliseconds)
    }
  }
  return [...took.values()].map((times) => times.toSorted((a, b) => a - b))
}

async function openBare({ redisUrl }: Running, onClose: (close: Close) => void): Promise<Lane> {
  const name = 'floor'
  const worker = await startProcess({
    name: 'bare worker',
    program: process.execPath,
    args: [fileURLToPath(new URL('bare-worker.ts', import.meta.url)), redisUrl, name],
    env: {},
    isReady: (line) => line.includes('"ready"'),
  })
  onClose(() => worker.stop())
  const redis = new Redis(redisUrl, { maxRetriesPerRequest: 1 })
  onClose(async () => redis.disconnect())
  const queue = new Queue(name, { connection: redis, prefix: name })
  await queue.waitUntilReady()
  const events = await opened(openEvents(redisUrl, name, name), onClose)
  const send = (project: string) =>
    queue.add('deploy', { project }, { removeOnComplete: true, removeOnFail: true })
  return openLane({ name: 'bare queue, queue.add', events, send })
}

async function openOurs(
  { redisUrl, sites }: Running,
  onClose: (close: Close) => void,
): Promise<readonly [Lane, Lane]> {
  // As ingest opens it.
  const redis = connectFailingFast({ url: redisUrl, username: undefined, password: undefined })
  const store = createPushStore({ redis, retry: { attempts: 1, delay: 15_000 }, clock: Date })
  onClose(() => store.close())
  const events = await opened(openEvents(redisUrl, 'deploy-local', 'slipway:{local}'), onClose)
  const digest = `sha256:${'ab'.repeat(32)}`
  const accept = (project: string) =>
    store.accept([{ project, host: 'local', image: imageOf(project), tag: 'latest', digest }], {
      kind: 'webhook',
      hook: 'registry',
      source: 'distribution',
    })
  return [
    openLane({ name: 'slipway, accept of the store', events, send: accept }),
    openLane({ name: 'slipway, webhook over HTTP', events, send: (project) => call(sites, project) }),
  ]
}

async function opened(opening: Promise<QueueEvents>, onClose: (close: Close) => void): Promise<QueueEvents> {
  const events = await opening
  onClose(() => events.close())
  return events
}

function p(sorted: readonly number[], share: number): number {
  return sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN
}
