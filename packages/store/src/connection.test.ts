import { once } from 'node:events'
import { createRedisServer, type RedisServer } from '@slipway/lab'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { type FleetServer, openRedisFleet, type RedisFleet } from '../test/redis-fleet.ts'
import { connectFailingFast, connectWaiting, type RedisClient } from './connection.ts'
import type { RedisSettings } from './redis-settings.ts'

let socketServer: RedisServer
let fleet: RedisFleet
let server: FleetServer
let settings: RedisSettings & { readonly url: string }

beforeAll(async () => {
  socketServer = await createRedisServer()
  await socketServer.start()
  fleet = await openRedisFleet()
  server = await fleet.start(['user slipway on >user-password ~slipway:* &* +@all'])
  settings = {
    url: `rediss://${server.host}:${server.port}`,
    username: undefined,
    password: fleet.password,
    tls: fleet.tls,
  }
})
afterAll(async () => {
  await fleet[Symbol.asyncDispose]()
  await socketServer.stop()
})

function opened<T extends RedisClient>(redis: T): T {
  redis.on('error', () => {})
  onTestFinished(() => redis.disconnect())
  return redis
}

/** Unlike `once`, it is not ended by an error on the way. */
function heard(redis: RedisClient, event: string): Promise<unknown> {
  return new Promise((resolve) => redis.once(event, resolve))
}

async function firstError(redis: RedisClient): Promise<unknown> {
  const [error] = await once(opened(redis), 'error')
  return error
}

describe('connectWaiting', () => {
  it('speaks over a Unix socket', async () => {
    const redis = opened(connectWaiting({ url: socketServer.url, username: undefined, password: undefined }))

    expect(await redis.ping()).toBe('PONG')
  })

  it('comes in as a user with few rights', async () => {
    const redis = opened(connectWaiting({ ...settings, username: 'slipway', password: 'user-password' }))

    expect(await redis.acl('WHOAMI')).toBe('slipway')
    await expect(redis.get('another-key')).rejects.toThrow('NOPERM')
  })

  it('says why it is not let in', async () => {
    const wrong = { ...settings, username: 'slipway', password: 'another-password' }

    expect(await firstError(connectWaiting(wrong))).toMatchObject({
      message: expect.stringContaining('WRONGPASS'),
    })
  })

  it('trusts a server by the authority that is given', async () => {
    expect(await opened(connectWaiting(settings)).ping()).toBe('PONG')
  })

  it('refuses a server that nobody it trusts has signed', async () => {
    const { tls: _, ...trusting } = settings

    expect(await firstError(connectWaiting(trusting))).toMatchObject({
      code: 'SELF_SIGNED_CERT_IN_CHAIN',
    })
  })

  it.each([
    ['redis.test', 'PONG'],
    ['another.test', 'ERR_TLS_CERT_ALTNAME_INVALID'],
  ])('holds the certificate against the name %s: %s', async (servername, expected) => {
    const redis = opened(connectWaiting({ ...settings, tls: { ...fleet.tls, servername } }))

    const outcome = await Promise.race([redis.ping(), firstError(redis)])

    expect(outcome instanceof Error && 'code' in outcome ? outcome.code : outcome).toBe(expected)
  })

  it('leaves a server that became a replica for the primary of now', async () => {
    const other = await fleet.start([])
    const redis = opened(connectWaiting(settings))
    await redis.set('slipway:a', '1')
    await server.admin.replicaof(other.host, other.port)
    const left = heard(redis, 'reconnecting')

    await expect(redis.set('slipway:a', '2')).rejects.toThrow('READONLY')

    await left
    await server.admin.replicaof('NO', 'ONE')
    expect(await redis.set('slipway:a', '3')).toBe('OK')
  })
})

describe('connectFailingFast', () => {
  it('refuses at once while there is no server', async () => {
    const away = await createRedisServer()
    const redis = opened(connectFailingFast({ url: away.url, username: undefined, password: undefined }))

    await expect(redis.ping()).rejects.toThrow('enableOfflineQueue')
  })

  it('leaves a server that no longer answers', async () => {
    const silent = await createRedisServer()
    onTestFinished(() => silent.stop())
    await silent.start()
    const redis = opened(connectFailingFast({ url: silent.url, username: undefined, password: undefined }))
    await once(redis, 'ready')
    const left = heard(redis, 'reconnecting')
    silent.freeze()

    await expect(redis.ping()).rejects.toThrow('Command timed out')

    await left
    const found = heard(redis, 'ready')
    silent.thaw()
    await found
    expect(await redis.ping()).toBe('PONG')
  })
})
