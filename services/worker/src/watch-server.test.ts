import type { SlipwayError } from '@slipway/core'
import { createRedisServer, type RedisServer } from '@slipway/lab'
import { connectWaiting, createReconcileStore, type ReconcileStore, type RedisClient } from '@slipway/store'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { until } from '../test/until.ts'
import { watchServer } from './watch-server.ts'

let server: RedisServer
let redis: RedisClient
let book: ReconcileStore

beforeEach(async () => {
  server = await createRedisServer()
  await server.start()
  redis = connectWaiting({ url: server.url, username: undefined, password: undefined })
  redis.on('error', () => {})
  book = createReconcileStore(redis, 'web1')
})

afterEach(async () => {
  redis.disconnect()
  await server.stop()
})

async function watch(onEmptied: () => Promise<void> = async () => {}) {
  const log: string[] = []
  const unsuitable: SlipwayError[] = []
  const emptied = vi.fn(onEmptied)
  const kept = vi.fn(async () => {})
  const watching = watchServer(
    {
      redis,
      book,
      log: pino({}, { write: (line) => void log.push(line) }),
      onUnsuitable: (error) => void unsuitable.push(error),
      onEmptied: emptied,
      keepSchedules: kept,
    },
    await book.epoch(),
  )
  return { log, unsuitable, emptied, kept, ...watching }
}

/** Ends the server and starts it again; resolves when the connection stands. */
async function reconnect(change: () => Promise<void> = async () => {}): Promise<void> {
  const ready = new Promise((resolve) => redis.once('ready', resolve))
  await server.kill()
  await change()
  await server.start()
  await ready
}

describe('a server that a connection finds', () => {
  it('has its schedules kept each time it is looked at', async () => {
    const { kept, stop } = await watch()

    await reconnect()
    await until(() => kept.mock.calls.length === 1)
    await reconnect()

    await until(() => kept.mock.calls.length === 2)
    stop()
  })

  it('is gone on with when it is the one from before', async () => {
    const asked = vi.spyOn(book, 'epoch')
    const { emptied, unsuitable, log, stop } = await watch()

    await reconnect()

    await until(() => asked.mock.settledResults.length === 2)
    stop()
    expect(emptied).not.toHaveBeenCalled()
    expect(unsuitable).toEqual([])
    expect(log).toEqual([])
  })

  it('is not gone on with when it may drop what it accepted', async () => {
    const { unsuitable, emptied, stop } = await watch()
    await redis.config('SET', 'maxmemory-policy', 'allkeys-lru')

    redis.disconnect(true)

    await until(() => unsuitable.length > 0)
    stop()
    expect(unsuitable[0]).toMatchObject({ code: 'REDIS_UNSUITABLE' })
    expect(emptied).not.toHaveBeenCalled()
  })

  it('is told to be empty once, however often the connection is made anew', async () => {
    const asked = vi.spyOn(book, 'epoch')
    const { emptied, log, stop } = await watch()

    await reconnect(() => server.empty())
    await until(() => emptied.mock.calls.length > 0)
    await reconnect()
    await until(() => asked.mock.settledResults.length === 3)

    stop()
    expect(emptied).toHaveBeenCalledOnce()
    expect(log.join('')).toContain('redis has lost what it knew')
  })

  it('is told to be empty again as long as nobody could do anything about it', async () => {
    let tries = 0
    const { emptied, log, stop } = await watch(async () => {
      tries += 1
      if (tries === 1) throw new Error('too early')
    })
    await reconnect(() => server.empty())
    await until(() => log.join('').includes('too early'))

    await reconnect()

    await until(() => emptied.mock.calls.length === 2)
    stop()
  })

  it('that was emptied without going away is noticed after a while', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    const { emptied, stop } = await watch()
    await redis.flushall()

    vi.advanceTimersByTime(30_000)

    vi.useRealTimers()
    await until(() => emptied.mock.calls.length === 1)
    stop()
  })

  it('is not looked at any more by a watch that was stopped', async () => {
    const { emptied, stop } = await watch()

    stop()
    await reconnect(() => server.empty())
    await redis.ping()

    expect(emptied).not.toHaveBeenCalled()
    expect(redis.listenerCount('ready')).toBe(0)
  })
})
