import type { Project } from '../config/project.ts'
import { formatImageName } from '../image/reference.ts'
import type { BackTarget, Wanted } from './deployment.ts'
import type { Fleet } from './rollout.ts'

/** What is wanted, without where. */
export type WantedReference = Pick<Wanted, 'tag' | 'digest' | 'force' | 'back' | 'delivery'>

/** One want for each of these hosts of a project; the image is always the configured one. */
export function wantsOf(
  name: string,
  project: Project,
  reference: WantedReference,
  hosts?: readonly string[],
): Wanted[] {
  return createWants(name, project, hosts)(reference)
}

/** The same for a project of which much will be wanted: what does not depend on the reference is made once. */
export function createWants(
  name: string,
  project: Project,
  hosts: readonly string[] = project.hosts,
): (reference: WantedReference) => Wanted[] {
  const image = formatImageName(project.image)
  const shared = project.hosts.length > 1 ? { fleet: fleetOf(project) } : {}
  return (reference) => hosts.map((host) => ({ project: name, host, image, ...reference, ...shared }))
}

function fleetOf({ hosts, rollout }: Project): Fleet {
  const { order, max_failures: maxFailures, on_failure: onFailure } = rollout
  const [home = ''] = hosts
  return { home, policy: { order, maxFailures, onFailure } }
}

/** A rollback on each of these hosts. It names no image: a worker that does not know rollbacks must not deploy one. */
export function rollbacksOf(
  name: string,
  project: Project,
  back: BackTarget,
  hosts: readonly string[] = project.hosts,
): Wanted[] {
  return wantsOf(name, project, { tag: null, digest: null, back }, hosts)
}
