import { formatImageName, parseImageName } from '../image/reference.ts'

// What the worker writes on the engine, and the plan reads there.

/** Where images have the names by which projects keep them: `slipway.local/<project>:<seq>`. */
export const keptIn = 'slipway.local/'

/** Labels of the containers that one run makes and takes away again. */
export const runLabels = {
  host: 'slipway.host',
  project: 'slipway.project',
  role: 'slipway.role',
  release: 'slipway.release',
  deployment: 'slipway.deployment',
} as const

/** Labels of a container that slipway made to take the place of another one; it serves. */
export const serviceLabels = {
  project: 'slipway.service.project',
  release: 'slipway.service.release',
  /** Id of the container that this one took the place of. */
  replaces: 'slipway.service.replaces',
} as const

/** What a service's container is called from its making until the one before it has given its name away. */
export const nextSuffix = '.slipway-new'
/** What the one before is called until the release is decided. */
export const keptSuffix = '.slipway-old'

/** The name of the service that a container stands for, whatever it is called for the moment. */
export function serviceNameOf(name: string): string {
  const suffix = [nextSuffix, keptSuffix].find((end) => name.endsWith(end))
  return suffix ? name.slice(0, -suffix.length) : name
}

/** The name by which a project keeps an image. */
export interface KeptName {
  readonly tag: string
  readonly project: string
  readonly seq: number
}

/** Null for a tag that slipway did not give. */
export function readKeptName(tag: string): KeptName | null {
  if (!tag.startsWith(keptIn)) return null
  const [, project = '', seq = ''] = /^([^:/]+):(\d{1,17})$/.exec(tag.slice(keptIn.length)) ?? []
  return project === '' ? null : { tag, project, seq: Number(seq) }
}

/**
 * The repository of a name of an image, written as the configuration means it: the engine leaves out the host of Docker
 * Hub. What is no name stays as it is.
 */
export function repositoryOf(name: string): string {
  const [tagged = ''] = name.split('@')
  const colon = tagged.lastIndexOf(':')
  const repository = colon > tagged.lastIndexOf('/') ? tagged.slice(0, colon) : tagged
  try {
    return formatImageName(parseImageName(repository))
  } catch {
    return repository
  }
}

/** The digest in `repository@digest`; empty when there is none. */
export function digestOf(name: string): string {
  return name.slice(name.indexOf('@') + 1)
}

/** True when the labels have `key` or `key=value`. */
export function hasLabel(labels: Readonly<Record<string, string>>, label: string): boolean {
  const equals = label.indexOf('=')
  if (equals < 0) return Object.hasOwn(labels, label)
  const key = label.slice(0, equals)
  return Object.hasOwn(labels, key) && labels[key] === label.slice(equals + 1)
}

/** True for what a swarm made: it takes away its own. */
export function isOfSwarm(labels: Readonly<Record<string, string>>): boolean {
  return Object.keys(labels).some((key) => key.startsWith('com.docker.swarm.'))
}

/** Name of the compose project; undefined when there is none. */
export function composeProjectOf(labels: Readonly<Record<string, string>>): string | undefined {
  return labels['com.docker.compose.project']
}
