import { mkdir, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { embeddedSocket } from '@slipway/store'

// What makes a Redis keep what it accepted is written down once, for people who run their own too.
const keeping = fileURLToPath(new URL('../../../../docker/redis.conf', import.meta.url))

/** Writes the redis.conf of the embedded server and its folder, for nobody else to read; resolves with its path. */
export async function writeRedisConf(stateDir: string): Promise<string> {
  const folder = `${stateDir}/redis`
  const file = `${folder}/redis.conf`
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await writeFile(file, redisConf(folder, embeddedSocket(stateDir)), { mode: 0o600 })
  return file
}

function redisConf(folder: string, socket: string): string {
  return [
    '# Written by `slipway redis` at every start.',
    `include ${quote(keeping)}`,
    `dir ${quote(folder)}`,
    `unixsocket ${quote(socket)}`,
    'unixsocketperm 700',
    'port 0',
    'daemonize no',
    '',
  ].join('\n')
}

function quote(path: string): string {
  return `"${path.replaceAll(/["\\]/g, '\\$&')}"`
}
