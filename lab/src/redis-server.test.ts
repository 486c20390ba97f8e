import { access } from 'node:fs/promises'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, describe, expect, it } from 'vitest'
import { freePort } from './free-port.ts'
import { openRedisServer, type RedisServer } from './redis-server.ts'

describe('a Redis of the lab', () => {
  let redis: RedisServer | undefined

  afterEach(() => redis?.stop())

  /** What it answers to one command, over its socket or a port. */
  function ask(place: { path: string } | { port: number }, command: string): Promise<string> {
    const socket = connect('port' in place ? { ...place, host: '127.0.0.1' } : place)
    socket.end(`${command}\r\n`)
    return text(socket)
  }

  it('keeps what it was told when it is killed, until it is emptied', async () => {
    redis = await openRedisServer({ settings: ['--appendfsync', 'always'] })
    const path = redis.socket
    await redis.start()
    await expect(redis.empty()).rejects.toThrow('runs')
    await ask({ path }, 'SET a b')

    await redis.restart()
    expect(await ask({ path }, 'GET a')).toBe('$1\r\nb\r\n')

    await redis.kill()
    await redis.empty()
    await redis.start()
    expect(await ask({ path }, 'GET a')).toBe('$-1\r\n')
  })

  it('is at one port, if that is wanted, and leaves nothing behind', async () => {
    const port = await freePort()
    redis = await openRedisServer({ port })
    await redis.start()
    expect(await ask({ port }, 'PING')).toBe('+PONG\r\n')

    await redis.stop()

    await expect(access(redis.folder)).rejects.toThrow('ENOENT')
    await expect(ask({ port }, 'PING')).rejects.toThrow('ECONNREFUSED')
  })
})
