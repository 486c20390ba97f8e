import {
  type Config,
  defaultTag,
  followsTag,
  isDigest,
  isTag,
  type Project,
  SlipwayError,
  type Wanted,
  wantsOf,
} from '@slipway/core'
import { findProject } from './find-project.ts'
import { UsageError } from './usage-error.ts'

/** What a person may say about a deploy. */
export interface DeployWish {
  readonly tag?: string | undefined
  readonly digest?: string | undefined
  readonly host?: string | undefined
  readonly force?: boolean | undefined
}

/**
 * What a person wants, one for each host.
 * @throws SlipwayError PROJECT_UNKNOWN, TAG_NOT_FOLLOWED, IMAGE_REFERENCE_INVALID
 * @throws UsageError when the wish contradicts itself or leaves the tag open
 */
export function wantsFor(config: Config, name: string, wish: DeployWish): Wanted[] {
  const project = findProject(config, name)
  const reference = referenceOf(project, name, wish)
  const insisting = wish.force ? ({ force: true } as const) : {}
  return wantsOf(name, project, { ...reference, ...insisting }, hostsFor(project, name, wish.host))
}

function referenceOf(
  project: Project,
  name: string,
  { tag, digest }: DeployWish,
): Pick<Wanted, 'tag' | 'digest'> {
  if (tag !== undefined && digest !== undefined) throw new UsageError('give a tag or a digest, not both.')
  if (digest !== undefined) {
    if (isDigest(digest)) return { tag: null, digest }
    throw invalid(`"${digest}" is no digest: write sha256: and 64 lower-case hexadecimal digits.`)
  }
  const chosen = tag ?? defaultTag(project.tags)
  if (chosen === null) throw new UsageError(`name a tag with --tag: "${name}" follows no exact one.`)
  if (!isTag(chosen)) throw invalid(`"${chosen}" is not a tag.`)
  if (followsTag(project.tags, chosen)) return { tag: chosen, digest: null }
  throw new SlipwayError('TAG_NOT_FOLLOWED', `Project ${name} does not follow the tag "${chosen}".`)
}

/**
 * The hosts that a person means.
 * @throws SlipwayError PROJECT_UNKNOWN when the project is not on that one
 */
export function hostsFor({ hosts }: Project, name: string, host: string | undefined): readonly string[] {
  if (host === undefined) return hosts
  if (hosts.includes(host)) return [host]
  throw new SlipwayError(
    'PROJECT_UNKNOWN',
    `Project ${name} is not on host "${host}", but on ${hosts.join(', ')}.`,
  )
}

function invalid(message: string): SlipwayError {
  return new SlipwayError('IMAGE_REFERENCE_INVALID', message)
}
