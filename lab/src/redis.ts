import { GenericContainer, Wait } from 'testcontainers'
import { withoutForeignSweeper } from './environment.ts'
import { freePort } from './free-port.ts'
import { image } from './images.ts'
import type { LabOptions } from './lab-options.ts'
import { runLabel, thisRun } from './run-id.ts'

export interface RedisOptions extends LabOptions {
  /** Port of 127.0.0.1; a free one when not given. */
  readonly port?: number
}

export interface LabRedis {
  /** `redis://127.0.0.1:<port>` */
  readonly url: string
  /** Id of the container, for tests that stop or pause it. */
  readonly container: string
  stop(): Promise<void>
}

/** Redis as slipway wants it: every write on disk before it is answered, nothing ever evicted. */
export async function startRedis(options: RedisOptions): Promise<LabRedis> {
  withoutForeignSweeper()
  const port = options.port ?? (await freePort())
  const started = await new GenericContainer(await image('redis', options))
    .withLabels({ [runLabel]: thisRun })
    // A published port would be open to the network, and this Redis asks nobody for a password.
    .withNetworkMode('host')
    .withCommand(['redis-server', '/etc/redis/slipway.conf', '--port', String(port)])
    .withWaitStrategy(Wait.forLogMessage(/Ready to accept connections/))
    .withStartupTimeout(30_000)
    .start()
  return {
    url: `redis://127.0.0.1:${port}`,
    container: started.getId(),
    stop: async () => void (await started.stop({ remove: true, removeVolumes: true })),
  }
}
