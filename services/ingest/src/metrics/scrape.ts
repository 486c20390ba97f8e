import type { Clock, hostsOf, PruneRecord } from '@slipway/core'
import { askRedis, createPruneStore, createQueueReport, type RedisClient } from '@slipway/store'
import { Gauge, type Registry } from 'prom-client'

/** Figures that are read from Redis when somebody asks for them; the cost grows with hosts alone. */
export interface RedisFigures {
  /** Never rejects: without Redis its own figure says so, and what it would tell is left out. */
  refresh(): Promise<void>
  close(): Promise<void>
}

export interface RedisFiguresOptions {
  readonly registry: Registry
  /** One that fails fast. */
  readonly redis: RedisClient
  readonly hosts: ReturnType<typeof hostsOf>
  readonly clock: Clock
}

/** Below what a scraper waits for by default. */
const deadline = 3_000

const outcomes: readonly PruneRecord['outcome'][] = ['done', 'problems', 'failed']

export function createRedisFigures({ registry, redis, hosts, clock }: RedisFiguresOptions): RedisFigures {
  const registers = [registry]
  const up = new Gauge({ name: 'slipway_redis_up', help: '1 when Redis answers.', registers })
  const jobs = new Gauge({
    name: 'slipway_queue_jobs',
    help: 'Jobs of a host, by queue and state.',
    labelNames: ['host', 'queue', 'state'],
    registers,
  })
  const pruneAge = new Gauge({
    name: 'slipway_prune_age_seconds',
    help: 'Seconds since the last prune of a host began; none of a host that never pruned.',
    labelNames: ['host'],
    registers,
  })
  const pruneOutcome = new Gauge({
    name: 'slipway_prune_last_outcome',
    help: '1 for how the last prune of a host ended, 0 for the others.',
    labelNames: ['host', 'outcome'],
    registers,
  })
  const report = createQueueReport(redis)

  async function read() {
    const prunes = hosts.map(async (host) => ({ host, last: await createPruneStore(redis, host).last() }))
    return Promise.all([report.counts(hosts), Promise.all(prunes)])
  }

  return {
    async refresh() {
      const found = await askRedis(read(), deadline).catch(() => null)
      up.set(found ? 1 : 0)
      for (const gauge of [jobs, pruneAge, pruneOutcome]) gauge.reset()
      if (!found) return
      const [queues, prunes] = found
      for (const { host, queue, counts } of queues)
        for (const [state, count] of Object.entries(counts)) jobs.set({ host, queue, state }, count)
      for (const { host, last } of prunes) {
        if (!last) continue
        pruneAge.set({ host }, Math.max(0, clock.now() - last.startedAt) / 1_000)
        for (const outcome of outcomes) pruneOutcome.set({ host, outcome }, last.outcome === outcome ? 1 : 0)
      }
    },
    close: report.close,
  }
}
