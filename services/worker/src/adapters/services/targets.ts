import { type Service, serviceNameOf, targetOf } from '@slipway/core'
import type Docker from 'dockerode'
import { callEngine } from '../docker-errors.ts'
import { nameOf } from './refusal.ts'

const callDeadline = 60_000

/** The names of the containers that a service means, in order; none when no container that runs has its labels. */
export async function targetsOf(docker: Docker, service: Service, signal: AbortSignal): Promise<string[]> {
  if (service.container !== undefined) return [service.container]
  const abortSignal = AbortSignal.any([signal, AbortSignal.timeout(callDeadline)])
  const filters = { label: [...(service.label ?? [])] }
  const found = await callEngine(`looking for ${targetOf(service)}`, signal, () =>
    docker.listContainers({ all: true, filters, abortSignal }),
  )
  const names = found.filter((one) => isMeant(service, one)).map((one) => serviceNameOf(nameOf(one)))
  return [...new Set(names)].toSorted()
}

// What is being replaced stands still for a while; one that ends again and again may need just this.
function isMeant({ action }: Service, container: Docker.ContainerInfo): boolean {
  const { State: state } = container
  if (state === 'running') return true
  return (
    action === 'recreate' &&
    (state === 'restarting' || serviceNameOf(nameOf(container)) !== nameOf(container))
  )
}
