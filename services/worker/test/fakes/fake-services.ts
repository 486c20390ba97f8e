import { type Service, SlipwayError } from '@slipway/core'
import type { ServiceManager } from '../../src/ports/service-manager.ts'

export interface FakeServices extends ServiceManager {
  /** `container: what it heard`, in order. */
  readonly told: string[]
  /** Containers that cannot be told. */
  readonly deaf: Set<string>
}

/** Commands that end badly are those named `false`. */
export function createFakeServices(...deaf: readonly string[]): FakeServices {
  const services: FakeServices = {
    told: [],
    deaf: new Set(deaf),
    async reload(service, signal) {
      signal.throwIfAborted()
      const container = service.container ?? service.label ?? ''
      const isBad = service.action === 'exec' && service.command[0] === 'false'
      if (services.deaf.has(container) || isBad)
        throw new SlipwayError('RELOAD_FAILED', `The container ${container} could not be told.`)
      services.told.push(`${container}: ${heard(service)}`)
    },
  }
  return services
}

function heard(service: Service): string {
  if (service.action === 'signal') return service.signal
  return service.action === 'exec' ? service.command.join(' ') : 'restart'
}
