import { SlipwayError } from '../errors/slipway-error.ts'

/** A repository on a registry, without tag or digest: `127.0.0.1:5000/acme/shop`. */
export interface ImageName {
  /** Host with its port, lower case; `docker.io` for Docker Hub. */
  readonly registry: string
  /** Path without host, lower case, at least one segment. */
  readonly repository: string
}

// The grammar of the distribution specification (repository, tag) and of the image specification (digest).
const segment = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*'
const repositoryPattern = new RegExp(`^${segment}(?:/${segment})*$`)
const hostPattern =
  /^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*|\[[0-9a-f:]+\])(?::[0-9]{1,5})?$/
const tagPattern = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/
const digestPattern = /^sha256:[a-f0-9]{64}$/
const maxRepositoryLength = 255

/** True for a tag of the OCI grammar. Case counts. */
export function isTag(text: string): boolean {
  return tagPattern.test(text)
}

/** True for `sha256:` and 64 lower-case hexadecimal digits. */
export function isDigest(text: string): boolean {
  return digestPattern.test(text)
}

/** True for a repository path of the OCI grammar, without a host. */
export function isRepository(text: string): boolean {
  return text.length <= maxRepositoryLength && repositoryPattern.test(text)
}

/** True for a registry host with an optional port, lower case. */
export function isRegistryHost(text: string): boolean {
  return hostPattern.test(text)
}

/**
 * A digest as a sender wrote it: upper case is lowered (the bytes are the same), anything else that is not a digest is
 * unknown and gives null.
 */
export function readDigest(text: string | undefined): string | null {
  const lowered = text?.toLowerCase() ?? ''
  return isDigest(lowered) ? lowered : null
}

/**
 * Reads `host[:port]/path` or a Docker Hub short name. Tag and digest are refused: a project names them elsewhere.
 * @throws SlipwayError IMAGE_REFERENCE_INVALID
 */
export function parseImageName(text: string): ImageName {
  const slash = text.indexOf('/')
  const head = slash < 0 ? '' : text.slice(0, slash)
  const hasHost = head.includes('.') || head.includes(':') || head === 'localhost'
  const registry = hasHost ? (hubAliases.get(head) ?? head) : dockerHub
  const path = hasHost ? text.slice(slash + 1) : text
  const repository = registry === dockerHub && !path.includes('/') ? `library/${path}` : path
  if (!isRegistryHost(registry)) throw invalid(text, `"${registry}" is not a registry host`)
  if (path.includes('@') || path.includes(':')) throw invalid(text, 'leave out the tag and the digest')
  if (!isRepository(repository))
    throw invalid(text, 'a repository path is lower case, segments divided by "/"')
  return { registry, repository }
}

/** The text that `parseImageName` reads back. */
export function formatImageName(name: ImageName): string {
  return `${name.registry}/${name.repository}`
}

const dockerHub = 'docker.io'
const hubAliases = new Map([
  ['index.docker.io', dockerHub],
  ['registry-1.docker.io', dockerHub],
])

function invalid(text: string, why: string): SlipwayError {
  return new SlipwayError('IMAGE_REFERENCE_INVALID', `The image "${text}" cannot be used: ${why}.`)
}
