import type Docker from 'dockerode'
import { abortable } from '../../abortable.ts'
import { callEngine, statusOf } from '../docker-errors.ts'

export type Facts = Docker.ContainerInspectInfo

const callDeadline = 60_000
/** What the engine gives a container that says nothing itself. */
const stopGrace = 10_000

/** The single calls to the engine that replacing a container is made of, each with a deadline of its own. */
export interface Containers {
  /** By name or id; null when there is none. */
  find(name: string): Promise<Facts | null>
  create(options: Docker.ContainerCreateOptions): Promise<string>
  connect(id: string, network: string, endpoint: Docker.EndpointSettings): Promise<void>
  rename(id: string, name: string): Promise<void>
  setRestart(id: string, policy: Docker.HostRestartPolicy): Promise<void>
  /** What runs already is no error. */
  start(id: string): Promise<void>
  /** Within the time that the container asks for; what has stopped is no error. */
  stop(facts: Facts): Promise<void>
  /** With its nameless volumes when `fresh`, as nothing else has them; what is gone is no error. */
  remove(id: string, what: 'fresh' | 'used'): Promise<void>
}

/** The calls of one piece of work, which end when its signal fires. */
export function containersOf(docker: Docker, signal: AbortSignal): Containers {
  async function call<T>(
    doing: string,
    work: (abortSignal: AbortSignal) => Promise<T>,
    harmless: readonly number[] = [],
    patience = callDeadline,
  ): Promise<T | null> {
    return callEngine(doing, signal, async () => {
      try {
        return await work(AbortSignal.any([signal, AbortSignal.timeout(patience)]))
      } catch (error) {
        if (harmless.includes(statusOf(error) ?? 0)) return null
        throw error
      }
    })
  }

  return {
    find: (name) =>
      call(`looking for ${name}`, (abortSignal) => docker.getContainer(name).inspect({ abortSignal }), [404]),
    async create(options) {
      const doing = `creating ${options.name}`
      const made = await call(doing, (abortSignal) => docker.createContainer({ ...options, abortSignal }))
      return made?.id ?? ''
    },
    async connect(id, network, endpoint) {
      const options = { Container: id, EndpointConfig: endpoint }
      await call(`connecting to ${network}`, (limit) =>
        abortable(docker.getNetwork(network).connect(options), limit),
      )
    },
    async rename(id, name) {
      await call(`renaming to ${name}`, (abortSignal) =>
        docker.getContainer(id).rename({ name, abortSignal }),
      )
    },
    async setRestart(id, RestartPolicy) {
      await call('setting the restart policy', (abortSignal) =>
        docker.getContainer(id).update({ RestartPolicy, abortSignal }),
      )
    },
    async start(id) {
      await call(`starting ${id}`, (abortSignal) => docker.getContainer(id).start({ abortSignal }), [304])
    },
    async stop({ Id: id, Config }) {
      const { StopTimeout: own } = Config as { StopTimeout?: number }
      const patience = callDeadline + (own === undefined ? stopGrace : own * 1_000)
      const stop = (abortSignal: AbortSignal) => docker.getContainer(id).stop({ abortSignal })
      await call(`stopping ${id}`, stop, [304, 404], patience)
    },
    async remove(id, what) {
      const options = { force: true, v: what === 'fresh' }
      const remove = (abortSignal: AbortSignal) => docker.getContainer(id).remove({ ...options, abortSignal })
      await call(`removing ${id}`, remove, [404])
    },
  }
}
