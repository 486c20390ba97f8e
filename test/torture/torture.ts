import { rm } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { isOutcome } from '../support/outcomes.ts'
import { openEventLog, readWorkerLine } from './events.ts'
import { type FaultCounts, torment } from './nemesis.ts'
import {
  type EndRecord,
  findBackwardSwitches,
  findBadLooks,
  findNotNewest,
  findOverlaps,
  findUnaccounted,
  type Violation,
} from './oracles.ts'
import { keepPushing } from './pushers.ts'
import { createRandom } from './random.ts'
import { watchLinks } from './watch-links.ts'
import { createWorld, type World } from './world.ts'

export interface TortureOptions {
  /** How long things break, in milliseconds. */
  readonly duration: number
  readonly seed: number
  readonly projects: number
  readonly workers: number
  /** Where every event is written, one JSON a line. */
  readonly logFile: string
  readonly say: (line: string) => void
  readonly signal?: AbortSignal | undefined
}

export interface TortureReport {
  readonly pushed: number
  readonly accepted: number
  readonly refused: number
  readonly faults: FaultCounts
  /** How often workers were killed or ended. */
  readonly kills: number
  /** Forward, of all projects. */
  readonly switches: number
  readonly looks: number
  /** Deployments by their outcome. */
  readonly outcomes: Readonly<Record<string, number>>
  readonly overlaps: readonly Violation[]
  readonly backward: readonly Violation[]
  readonly badLooks: readonly Violation[]
  readonly unaccounted: readonly Violation[]
  readonly notNewest: readonly Violation[]
}

/** Milliseconds. */
const pushEvery = [300, 2_500] as const
const breakEvery = [300, 1_800] as const
const longestQuiet = 180_000

/** Breaks things for a while, lets it all come to rest, then holds what happened against the promises. */
export async function torture(options: TortureOptions): Promise<TortureReport> {
  const { duration, seed, projects, workers, logFile, say, signal } = options
  await rm(logFile, { force: true })
  const log = openEventLog(logFile)
  const random = createRandom(seed)
  const world = await createWorld({ projects, workers, log, say })
  try {
    const watch = watchLinks(world.projects)
    const time = AbortSignal.any([AbortSignal.timeout(duration), ...(signal ? [signal] : [])])
    say(
      `${projects} projects, ${workers} workers, seed ${seed}: things break for ${Math.round(duration / 1_000)} s`,
    )
    const pushing = [...world.projects.keys()].map((project) =>
      keepPushing(world, project, random.fork(), pushEvery, time),
    )
    const faults = await torment(world, random.fork(), breakEvery, time)
    const counts = await Promise.all(pushing)
    say('everything is whole again; waiting for it to come to rest')
    await mend(world)
    const records = await untilRest(world, signal)
    const looks = await watch.stop()
    const live = new Map<string, number | null>()
    for (const project of world.projects.keys()) live.set(project, await world.livePush(project))

    for (const { past } of world.workers)
      for (const { name, process } of past)
        for (const line of process.lines()) {
          const event = readWorkerLine(line, name)
          if (event) log.add(event)
        }
    const { events } = log
    const sum = (of: 'pushed' | 'accepted' | 'refused') => counts.reduce((all, one) => all + one[of], 0)
    return {
      pushed: sum('pushed'),
      accepted: sum('accepted'),
      refused: sum('refused'),
      faults,
      kills: events.filter(({ kind }) => kind === 'gone').length,
      switches: events.filter(({ kind }) => kind === 'switched').length,
      looks: watch.looks(),
      outcomes: tally(
        [...records.values()].map(({ state, errorCode }) => [state, errorCode].filter(Boolean).join(' ')),
      ),
      overlaps: findOverlaps(events),
      backward: findBackwardSwitches(events),
      badLooks: findBadLooks(looks, new Set()),
      unaccounted: findUnaccounted(events, records),
      notNewest: findNotNewest(events, (project) => live.get(project) ?? null),
    }
  } finally {
    await world.stop()
  }
}

/** True when no promise was broken and something was put to the test. */
export function isGood(report: TortureReport): boolean {
  const { overlaps, backward, badLooks, unaccounted, notNewest, accepted, switches } = report
  const violations = [overlaps, backward, badLooks, unaccounted, notNewest].flat()
  return violations.length === 0 && accepted > 0 && switches > 0
}

async function mend({
  ingest,
  workers,
  redis,
  redisProxy,
  registry,
  registryProxy,
  engine,
}: World): Promise<void> {
  await Promise.all([redisProxy.restore(), registryProxy.restore(), registry.start(), engine.start()])
  redis.thaw()
  for (const worker of workers) worker.running()?.kill('SIGCONT')
  for (const slot of [ingest, ...workers]) await slot.start()
}

/** Waits until every deployment has an end, or for as long as anybody would wait. */
async function untilRest(world: World, signal?: AbortSignal): Promise<Map<string, EndRecord>> {
  const until = Date.now() + longestQuiet
  for (;;) {
    const records = await world.records()
    const open = [...records.values()].filter(({ state }) => !isOutcome(state))
    if (open.length === 0 || Date.now() > until || signal?.aborted) return records
    await delay(500)
  }
}

function tally(words: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1
  return counts
}
