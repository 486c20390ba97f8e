import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ensurePrograms, startProcess, steadyPort } from '@slipway/lab'

/** A sentinel of its own, which alone decides. */
export interface Sentinel {
  readonly port: number
  /** What it calls the primary. */
  readonly name: string
  stop(): Promise<void>
}

/** Milliseconds of silence after which a primary is dead. */
const patience = 500

/** Lets a sentinel look after the primary on a port, and after the replicas that it has. */
export async function startSentinel(folder: string, primary: number): Promise<Sentinel> {
  const [name, port] = ['slipway', await steadyPort()]
  await mkdir(folder, { recursive: true })
  const file = join(folder, 'sentinel.conf')
  const lines = [
    ...['bind 127.0.0.1', `port ${port}`, `dir ${folder}`],
    `sentinel monitor ${name} 127.0.0.1 ${primary} 1`,
    `sentinel down-after-milliseconds ${name} ${patience}`,
    `sentinel failover-timeout ${name} ${10 * patience}`,
  ]
  await writeFile(file, `${lines.join('\n')}\n`)
  const programs = await ensurePrograms(['redis-server'], { say: () => {} })
  const running = await startProcess({
    name: 'sentinel',
    program: programs['redis-server'],
    args: [file, '--sentinel'],
    env: {},
    isReady: (line) => line.includes('+monitor'),
  })
  return {
    port,
    name,
    async stop() {
      running.kill('SIGKILL')
      await running.exited
    },
  }
}
