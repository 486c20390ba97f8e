import { type Service, SlipwayError, targetOf } from '@slipway/core'
import type Docker from 'dockerode'
import type { ReloadRequest, ServiceManager } from '../ports/service-manager.ts'
import { callEngine } from './docker-errors.ts'
import { followExec } from './docker-exec.ts'
import { removeKept } from './services/commit.ts'
import { containersOf } from './services/containers.ts'
import { digestName, findImage } from './services/images.ts'
import { recreate } from './services/recreate.ts'
import type { Reached } from './services/swap.ts'
import { targetsOf } from './services/targets.ts'

/** Services that are containers of the engine of this host. */
export function createDockerServices(docker: Docker, reached: Reached = () => {}): ServiceManager {
  async function tell(name: string, service: Service, request: ReloadRequest, signal: AbortSignal) {
    const { action, timeout } = service
    if (action === 'recreate') return recreate({ docker, name, timeout, request, signal, reached })
    const late = AbortSignal.timeout(timeout)
    const within = AbortSignal.any([signal, late])
    const container = docker.getContainer(name)
    try {
      await callEngine(`${action} ${name}`, signal, () => act(container, service, within))
    } catch (error) {
      if (!late.aborted || signal.aborted) throw error
      throw new SlipwayError('RELOAD_FAILED', `it took longer than ${timeout} ms`, { cause: error })
    }
  }

  return {
    async reload(service, request, signal) {
      const names = await targetsOf(docker, service, signal)
      if (names.length === 0)
        throw new SlipwayError('RELOAD_FAILED', `No running container has the ${targetOf(service)}.`)
      for (const name of names) {
        try {
          await tell(name, service, request, signal)
        } catch (cause) {
          signal.throwIfAborted()
          throw cause instanceof SlipwayError && cause.code === 'SERVICE_UNHEALTHY'
            ? cause
            : deaf(name, cause)
        }
      }
      return names
    },

    commit: (project, signal) => removeKept(docker, project, signal),

    async runs(service, image, signal) {
      const wanted = (await findImage(docker, digestName(image), signal))?.id
      if (wanted === undefined) return false
      const names = await targetsOf(docker, service, signal)
      const containers = containersOf(docker, signal)
      for (const name of names) {
        const facts = await containers.find(name)
        if (!facts?.State.Running || facts.Image !== wanted) return false
      }
      return names.length > 0
    },
  }
}

function deaf(name: string, cause: unknown): SlipwayError {
  const said = cause instanceof Error ? cause.message : String(cause)
  return new SlipwayError('RELOAD_FAILED', `The container ${name} could not be told: ${said}`, { cause })
}

async function act(container: Docker.Container, service: Service, signal: AbortSignal): Promise<void> {
  if (service.action === 'signal') {
    await container.kill({ signal: service.signal, abortSignal: signal })
  } else if (service.action === 'restart') {
    await container.restart({ abortSignal: signal })
  } else if (service.action === 'exec') {
    const { exitCode, lastLine } = await followExec(container, service.command, signal)
    if (exitCode !== 0)
      throw new SlipwayError('RELOAD_FAILED', `the command ended with exit code ${exitCode}: ${lastLine}`)
  }
}
