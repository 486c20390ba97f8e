import { type Service, SlipwayError } from '@slipway/core'
import type Docker from 'dockerode'
import type { ServiceManager } from '../ports/service-manager.ts'
import { callEngine } from './docker-errors.ts'
import { followExec } from './docker-exec.ts'

/** Services that are containers of the engine of this host. */
export function createDockerServices(docker: Docker): ServiceManager {
  return {
    async reload(service, signal) {
      const container = docker.getContainer(service.container ?? '')
      try {
        await callEngine(`${service.action} ${service.container}`, signal, () =>
          act(container, service, signal),
        )
      } catch (cause) {
        signal.throwIfAborted()
        const said = cause instanceof Error ? cause.message : String(cause)
        throw new SlipwayError(
          'RELOAD_FAILED',
          `The container ${service.container} could not be told: ${said}`,
          { cause },
        )
      }
    },
  }
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
