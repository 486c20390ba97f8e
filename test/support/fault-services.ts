import { type LabProcess, startIngest, startWorker } from '@slipway/lab'
import type { FaultConfig } from './fault-config.ts'

export interface WorkerStart {
  /** Default: the first host. */
  readonly host?: string
  readonly env?: Readonly<Record<string, string>>
  /** `<place>[#n][=action]`, as SLIPWAY_FAILPOINT has it: `before:switch`, `during:copy#2=stop`. */
  readonly failpoint?: string
  /** Default: the engine of the host. */
  readonly dockerHost?: string
}

/** Slipway's own processes. */
export interface FaultServices {
  /** The workers that were started and have not ended. */
  workers(): readonly LabProcess[]
  startWorker(start?: WorkerStart): Promise<LabProcess>
  /** Ends all workers at once, as a power cut would. */
  killWorkers(): Promise<void>
  /** The ingest that was started last. */
  ingest(): LabProcess
  /** Starts another one in the place of one that has ended. */
  startIngest(): Promise<LabProcess>
}

export interface FaultServicesOptions {
  readonly config: FaultConfig
  readonly host: string
  readonly dockerHostOf: (host: string) => string
}

/** Starts ingest; workers are started one by one. */
export async function openFaultServices(
  options: FaultServicesOptions,
  onClose: (close: () => Promise<unknown>) => void,
): Promise<FaultServices> {
  const { config, dockerHostOf } = options
  const alive = new Set<LabProcess>()
  // A kill ends a frozen process too, and nothing of it is kept.
  onClose(() => killAll(alive))

  function track(running: LabProcess): LabProcess {
    alive.add(running)
    void running.exited.then(() => alive.delete(running))
    return running
  }
  let ingest = track(await startIngest({ configFile: config.ingestFile }))
  const workers = () => [...alive].filter((one) => one !== ingest)

  return {
    workers,
    killWorkers: () => killAll(workers()),
    async startWorker({ host = options.host, env = {}, failpoint, dockerHost = dockerHostOf(host) } = {}) {
      const named = failpoint ? { SLIPWAY_FAILPOINT: failpoint } : {}
      return track(
        await startWorker({
          host,
          configFile: config.workerFile(host),
          isDoomed: failpoint !== undefined,
          env: { DOCKER_HOST: dockerHost, ...named, ...env },
        }),
      )
    },
    ingest: () => ingest,
    async startIngest() {
      ingest = track(await startIngest({ configFile: config.ingestFile }))
      return ingest
    },
  }
}

async function killAll(processes: Iterable<LabProcess>): Promise<void> {
  const doomed = [...processes]
  for (const one of doomed) one.kill('SIGKILL')
  await Promise.all(doomed.map(({ exited }) => exited))
}
