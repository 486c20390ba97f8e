import { describe, expect, it } from 'vitest'
import { describeRedis, redisSettings } from './redis-settings.ts'

const state_dir = '/var/lib/slipway'
const nodes = [
  { host: 'redis-1.example.com', port: 6379 },
  { host: '::1', port: 6380 },
]

describe('redisSettings', () => {
  it('takes the embedded server of the state_dir when the configuration names none', () => {
    expect(redisSettings({ redis: undefined, state_dir })).toEqual({
      url: 'unix:///var/lib/slipway/redis/redis.sock',
      username: undefined,
      password: undefined,
      tls: undefined,
    })
  })

  it('takes the configured server with what was read for it', () => {
    const redis = {
      url: 'rediss://redis.example.com:6380',
      username: 'slipway',
      password: { env: 'REDIS_PASSWORD' },
      tls: { ca: '/ca.pem', servername: 'redis.example.org' },
    }
    const tls = { ca: 'the CA', cert: undefined, key: undefined }

    expect(
      redisSettings({ redis, state_dir }, { password: 'the-password', sentinelPassword: undefined, tls }),
    ).toEqual({
      url: 'rediss://redis.example.com:6380',
      username: 'slipway',
      password: 'the-password',
      tls: { ...tls, servername: 'redis.example.org' },
    })
  })

  it.each([
    [undefined, undefined, false],
    [{}, undefined, true],
    [{}, false, false],
    [undefined, true, true],
  ])('with tls %j and sentinel.tls %j has the sentinels speak TLS: %j', (tls, own, expected) => {
    const sentinel = { name: 'mymaster', nodes, ...(own === undefined ? {} : { tls: own }) }
    const redis = { sentinel, ...(tls ? { tls } : {}) }

    expect(redisSettings({ redis, state_dir })).toMatchObject({ sentinel: { tls: expected } })
  })
})

describe('describeRedis', () => {
  it.each([
    ['a URL', { url: 'redis://ada@redis.example.com:6379' }, 'redis://redis.example.com:6379'],
    ['a socket', { url: 'unix:///run/redis@1.sock' }, 'unix:///run/redis@1.sock'],
    ['a cluster', { cluster: { nodes } }, 'the cluster of redis-1.example.com:6379, [::1]:6380'],
    [
      'sentinels',
      { sentinel: { name: 'mymaster', nodes, username: 'ada', password: 'the-password', tls: false } },
      '"mymaster" of the sentinels redis-1.example.com:6379, [::1]:6380',
    ],
  ])('names the place of %s and nothing secret', (_, place, text) => {
    expect(describeRedis(place)).toBe(text)
  })
})
