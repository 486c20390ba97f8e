import { type Service, SlipwayError, targetOf } from '@slipway/core'
import type { ReloadRequest, ServiceManager } from '../../src/ports/service-manager.ts'

/** A container that `recreate` may replace. */
export interface FakeContainer {
  readonly id: string
  /** Digest of the image; null for the one that was there before slipway. */
  readonly digest: string | null
  readonly release: string | null
}

export interface FakeServices extends ServiceManager {
  /** `container: what it heard`, in order. */
  readonly told: string[]
  /** Containers that cannot be told. */
  readonly deaf: Set<string>
  /** Names of the containers with a label. */
  readonly labelled: Map<string, readonly string[]>
  /** What was recreated, by name; all other names have a container of before. */
  readonly containers: Map<string, FakeContainer>
  /** What was replaced and is kept, by name. */
  readonly kept: Map<string, FakeContainer>
  /** Digests and names of what never becomes healthy. */
  readonly unwell: Set<string>
}

/** Commands that end badly are those named `false`. */
export function createFakeServices(...deaf: readonly string[]): FakeServices {
  let made = 0
  const services: FakeServices = {
    told: [],
    deaf: new Set(deaf),
    labelled: new Map(),
    containers: new Map(),
    kept: new Map(),
    unwell: new Set(),
    async reload(service, request, signal) {
      signal.throwIfAborted()
      const names = namesOf(services, service)
      if (names.length === 0)
        throw new SlipwayError('RELOAD_FAILED', `No running container has the ${targetOf(service)}.`)
      for (const name of names) {
        const isBad = service.action === 'exec' && service.command[0] === 'false'
        if (services.deaf.has(name) || isBad) throw deafTo(name, 'it does not listen')
        services.told.push(`${name}: ${heard(service)}`)
        if (service.action === 'recreate') recreate(name, request)
      }
      return names
    },
    async commit(_project, signal) {
      signal.throwIfAborted()
      services.kept.clear()
    },
    async runs(service, image, signal) {
      signal.throwIfAborted()
      const names = namesOf(services, service)
      return names.length > 0 && names.every((name) => currentOf(name).digest === image.digest)
    },
  }
  return services

  function currentOf(name: string): FakeContainer {
    return services.containers.get(name) ?? { id: 'before', digest: null, release: null }
  }

  function recreate(name: string, request: ReloadRequest): void {
    const { release, leaving, image } = request
    const main = currentOf(name)
    const kept = services.kept.get(name)
    if (kept && leaving !== null && main.release === leaving) {
      services.containers.set(name, kept)
      services.kept.delete(name)
      return
    }
    if (leaving === null ? main.release === release : main.release !== leaving) return
    if (image === 'before') throw deafTo(name, 'what it ran before is gone')
    const digest = image === 'own' ? main.digest : image.digest
    if (services.unwell.has(name) || (digest !== null && services.unwell.has(digest)))
      throw new SlipwayError('SERVICE_UNHEALTHY', `The container ${name} is not well: it is unhealthy.`)
    made += 1
    services.kept.set(name, main)
    services.containers.set(name, { id: `${name}-${made}`, digest, release })
  }
}

function namesOf(services: FakeServices, service: Service): string[] {
  if (service.container !== undefined) return [service.container]
  const [first = [], ...rest] = (service.label ?? []).map((label) => services.labelled.get(label) ?? [])
  const names = first.filter((name) => rest.every((others) => others.includes(name)))
  return names.toSorted()
}

function deafTo(name: string, why: string): SlipwayError {
  return new SlipwayError('RELOAD_FAILED', `The container ${name} could not be told: ${why}.`)
}

function heard(service: Service): string {
  if (service.action === 'signal') return service.signal
  return service.action === 'exec' ? service.command.join(' ') : service.action
}
