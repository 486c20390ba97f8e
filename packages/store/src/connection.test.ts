import { describe, expect, it } from 'vitest'
import { redisSettings } from './connection.ts'

describe('redisSettings', () => {
  it('takes the embedded server of the state_dir when the configuration names none', () => {
    expect(redisSettings({ redis: undefined, state_dir: '/var/lib/slipway' })).toEqual({
      url: 'unix:///var/lib/slipway/redis/redis.sock',
      username: undefined,
      password: undefined,
    })
  })

  it('takes the configured server with what was read as its password', () => {
    const redis = {
      url: 'rediss://redis.example.com:6380',
      username: 'slipway',
      password: { env: 'REDIS_PASSWORD' },
    }

    expect(redisSettings({ redis, state_dir: '/var/lib/slipway' }, 'the-password')).toEqual({
      url: 'rediss://redis.example.com:6380',
      username: 'slipway',
      password: 'the-password',
    })
  })
})
