import { once } from 'node:events'
import { createRedisServer, type RedisServer } from '@slipway/lab'
import { connectFailingFast, createNudger, createPruneStore, type RedisClient } from '@slipway/store'
import { Registry } from 'prom-client'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createRedisFigures, type RedisFigures } from './scrape.ts'

const now = Date.UTC(2026, 10, 23)

let server: RedisServer
let redis: RedisClient
let registry: Registry
let figures: RedisFigures

beforeAll(async () => {
  server = await createRedisServer()
  await server.start()
  redis = connectFailingFast({ url: server.url, username: undefined, password: undefined })
  redis.on('error', () => {})
  await once(redis, 'ready')
  registry = new Registry()
  figures = createRedisFigures({ registry, redis, hosts: ['web1', 'web2'], clock: { now: () => now } })
})
afterAll(async () => {
  await figures.close()
  redis.disconnect()
  await server.stop()
})

async function scrape(): Promise<string[]> {
  await figures.refresh()
  return (await registry.metrics()).split('\n').filter((line) => line && !line.startsWith('#'))
}

it('tells what waits on each host, and when it was pruned last', async () => {
  const nudger = createNudger(redis, { attempts: 1, delay: 1_000 })
  for (const project of ['shop', 'blog']) await nudger.nudge('web1', project)
  await nudger.close()
  const prune = {
    host: 'web1',
    startedAt: now - 90_000,
    outcome: 'problems',
    deleted: [],
    kept: [],
    problems: [],
  }
  await createPruneStore(redis, 'web1').keep(prune as never)

  const lines = await scrape()

  expect(lines).toContain('slipway_redis_up 1')
  expect(lines).toContain('slipway_queue_jobs{host="web1",queue="deploy",state="waiting"} 2')
  expect(lines).toContain('slipway_queue_jobs{host="web2",queue="maintenance",state="failed"} 0')
  expect(lines).toContain('slipway_prune_age_seconds{host="web1"} 90')
  expect(lines).toContain('slipway_prune_last_outcome{host="web1",outcome="problems"} 1')
  expect(lines).toContain('slipway_prune_last_outcome{host="web1",outcome="done"} 0')
  expect(lines.filter((line) => line.includes('host="web2"'))).toHaveLength(8)
})

it('says that Redis is away, and nothing that it does not know', async () => {
  await server.stop()

  expect(await scrape()).toEqual(['slipway_redis_up 0'])
})
