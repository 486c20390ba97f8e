import { keptSuffix, serviceLabels } from '@slipway/core'
import type Docker from 'dockerode'
import { callEngine } from '../docker-errors.ts'
import { containersOf } from './containers.ts'
import { nameOf } from './refusal.ts'

const callDeadline = 60_000

/** Removes what the running containers of a project have replaced. Their volumes stay: the new ones have them. */
export async function removeKept(docker: Docker, project: string, signal: AbortSignal): Promise<void> {
  const abortSignal = AbortSignal.any([signal, AbortSignal.timeout(callDeadline)])
  const filters = { label: [`${serviceLabels.project}=${project}`], status: ['running'] }
  const running = await callEngine('listing containers', signal, () =>
    docker.listContainers({ filters, abortSignal }),
  )
  const containers = containersOf(docker, signal)
  for (const one of running) {
    const kept = await containers.find(one.Labels[serviceLabels.replaces] ?? '')
    // By its name too: an id alone says nothing about what became of it since.
    if (kept?.Name === `/${nameOf(one)}${keptSuffix}`) await containers.remove(kept.Id, 'used')
  }
}
