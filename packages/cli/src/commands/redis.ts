import { parseArgs } from 'node:util'
import { requireConfig } from '@slipway/config-file'
import { SlipwayError } from '@slipway/core'
import { describeRedis, embeddedSocket, redisSettings } from '@slipway/store'
import type { Command } from '../command.ts'
import { configOption, configPath } from '../config-path.ts'
import { writeRedisConf } from '../redis/conf.ts'
import { isTaken, untilReady } from '../redis/ready.ts'
import { startRedisServer } from '../redis/server.ts'
import { isSocketPathTooLong, longestSocketPath } from '../socket-path.ts'
import { UsageError } from '../usage-error.ts'

export const redis: Command = {
  name: 'redis',
  summary: 'run the redis-server that a configuration without `redis` needs, in the foreground',
  help: `usage: slipway redis [--config FILE]

Keeps its data, with an append-only file, in <state_dir>/redis and listens on a Unix socket there and nowhere else.
Prints one line of JSON when it answers. SIGTERM stops it.`,

  async run(args, { environment, out }) {
    const { values } = parseArgs({ args: [...args], options: configOption })
    const config = await requireConfig(configPath(values.config, environment))
    if (config.redis) {
      throw new UsageError(
        `the configuration names the Redis at ${describeRedis(redisSettings(config))}; run that one.`,
      )
    }
    const socket = embeddedSocket(config.state_dir)
    if (isSocketPathTooLong(socket)) throw tooLong(socket)
    // Two servers over one append-only file would ruin it.
    if (await isTaken(socket)) {
      throw new SlipwayError('REDIS_UNAVAILABLE', `Another redis-server answers at ${socket} already.`)
    }
    const server = await startRedisServer(await writeRedisConf(config.state_dir))
    try {
      await untilReady(socket, server.ended)
      out(JSON.stringify({ level: 30, msg: 'ready', socket }))
    } catch (error) {
      server.stop()
      await server.ended
      throw error
    }
    return await server.ended
  },
}

function tooLong(socket: string): SlipwayError {
  return new SlipwayError(
    'CONFIG_INVALID',
    `state_dir: ${socket} is longer than the ${longestSocketPath} bytes that the path of a Unix socket may have.`,
  )
}
