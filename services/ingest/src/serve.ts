import type { AddressInfo } from 'node:net'
import { type Clock, type Config, createMatcher, hostsOf, type SlipwayError } from '@slipway/core'
import { connectFailingFast, connectWaiting, createPushStore, redisSettings } from '@slipway/store'
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import { followCalls } from './follow-calls.ts'
import { openHooks } from './hooks.ts'
import { createMetrics } from './metrics/metrics.ts'
import { createRedisFigures } from './metrics/scrape.ts'
import type { IngestSecrets } from './open-secrets.ts'
import { createOperations } from './ops/operations.ts'
import { createOpsApp } from './ops-app.ts'
import { openBoardQueues } from './plugins/board.ts'
import { createPreflight } from './preflight.ts'
import { createPublicApp } from './public-app.ts'
import { createRateLimit } from './rate-limit.ts'
import { createReceive } from './receive.ts'
import { watchRedis } from './watch-redis.ts'

export interface ServeOptions {
  readonly config: Config
  readonly secrets: IngestSecrets
  readonly log: FastifyBaseLogger
  readonly clock: Clock
}

/** A running ingest. */
export interface Ingest {
  /** `http://<address>:<port>` of the listeners, with the ports that were really taken. */
  readonly public: string
  readonly ops: string
  /** Resolves when Redis turns out to be one that ingest must not run on. */
  readonly unsuitable: Promise<SlipwayError>
  /** Stops taking calls, lets those under way end, then leaves Redis. */
  close(): Promise<void>
}

/**
 * Connects and listens. Redis may be away: then calls are refused until it is back.
 * @throws SlipwayError REDIS_UNSUITABLE, or the error of a port that cannot be had
 */
export async function serve({ config, secrets, log, clock }: ServeOptions): Promise<Ingest> {
  const settings = redisSettings(config, secrets.redis)
  const redis = connectFailingFast(settings)
  // BullMQ gives a queue up for good when its first command fails, so the board's connection waits for Redis.
  const boardRedis = connectWaiting(settings)
  boardRedis.on('error', () => {})
  const watch = watchRedis(redis, log)
  const store = createPushStore({ redis, retry: config.retry, clock })
  // A connection of its own: who looks at a thousand projects does not keep a push waiting.
  const operatorRedis = connectFailingFast(settings)
  operatorRedis.on('error', () => {})
  const operations = createOperations({ redis: operatorRedis, config, clock })
  const queues = openBoardQueues(boardRedis, hostsOf(config))
  const metrics = createMetrics({ ofProcess: true })
  const { registry } = metrics
  const figures = createRedisFigures({ registry, redis: operatorRedis, hosts: hostsOf(config), clock })
  const calls = followCalls({ redis: operatorRedis, hooks: config.hooks, metrics, clock, log })

  const hooks = openHooks(config.hooks, secrets.hooks)
  const { trust_proxy: trustProxy, rate_limit: rate } = config.ingest.public
  const receive = createReceive(hooks, createMatcher(config.projects), createRateLimit(rate.hook))
  const preflight = createPreflight(hooks, rate.hook)
  const publicApp = createPublicApp({
    receive,
    preflight,
    store,
    clock,
    log,
    trustProxy,
    perAddress: rate.address,
    onCall: calls.onCall,
  })
  const opsApp = await createOpsApp({
    ...{ log, clock, tokens: secrets.tokens, queues, operations },
    metrics: { registry, refresh: figures.refresh },
  })

  async function close(): Promise<void> {
    await Promise.allSettled([publicApp, opsApp].map(closeListener))
    await Promise.allSettled([calls.close(), figures.close()])
    await Promise.allSettled([store.close(), operations.close(), ...queues.map((queue) => queue.close())])
    boardRedis.disconnect()
  }

  try {
    await refuseUnsuitable(watch)
    await publicApp.listen(config.ingest.public)
    await opsApp.listen(config.ingest.ops)
  } catch (error) {
    await close()
    throw error
  }
  if (secrets.tokens.length === 0) log.warn('nobody can log in: ingest.ops.tokens is empty')
  return { public: addressOf(publicApp), ops: addressOf(opsApp), unsuitable: watch.unsuitable, close }
}

// Longer than any answer takes: who is cut off then was still sending, and nothing of it is accepted.
const grace = 4_000

async function closeListener(app: FastifyInstance): Promise<void> {
  const timer = setTimeout(() => app.server.closeAllConnections(), grace)
  await app.close()
  clearTimeout(timer)
}

async function refuseUnsuitable({ firstWord, unsuitable }: ReturnType<typeof watchRedis>): Promise<void> {
  const refusal = await Promise.race([unsuitable, firstWord])
  if (refusal) throw refusal
}

function addressOf(app: FastifyInstance): string {
  const { address, port, family } = app.server.address() as AddressInfo
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`
}
