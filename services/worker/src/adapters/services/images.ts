import { formatImageName, parseImageName, SlipwayError } from '@slipway/core'
import type Docker from 'dockerode'
import { abortable } from '../../abortable.ts'
import type { ServiceImage } from '../../ports/service-manager.ts'
import { callEngine, statusOf } from '../docker-errors.ts'
import type { Settings } from './follow-image.ts'

const callDeadline = 60_000

export interface ImageFacts {
  readonly id: string
  readonly settings: Settings
}

/** Null when the engine has no such image. */
export async function findImage(
  docker: Docker,
  name: string,
  signal: AbortSignal,
): Promise<ImageFacts | null> {
  return callEngine(`looking for the image ${name}`, signal, async () => {
    try {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(callDeadline)])
      // The one call of the client that passes no signal on.
      const { Id: id, Config } = await abortable(docker.getImage(name).inspect(), limit)
      return { id, settings: { ...Config } }
    } catch (error) {
      if (statusOf(error) === 404) return null
      throw error
    }
  })
}

/** @throws SlipwayError RELOAD_FAILED when the engine does not have it any more */
export async function requireImage(
  docker: Docker,
  image: ServiceImage,
  signal: AbortSignal,
): Promise<ImageFacts> {
  const name = digestName(image)
  const found = await findImage(docker, name, signal)
  if (!found) throw new SlipwayError('RELOAD_FAILED', `The engine does not have the image ${name} any more.`)
  return found
}

/** Gives an image of the engine a name, which another one may have had until now. */
export async function nameImage(
  docker: Docker,
  id: string,
  name: string,
  signal: AbortSignal,
): Promise<void> {
  const colon = name.lastIndexOf(':')
  const [repo, tag] = [name.slice(0, colon), name.slice(colon + 1)]
  const abortSignal = AbortSignal.any([signal, AbortSignal.timeout(callDeadline)])
  await callEngine(`naming ${name}`, signal, () => docker.getImage(id).tag({ repo, tag, abortSignal }))
}

/**
 * What a new container is to call its image. Where the old one was made by the very name under which the image was
 * pushed, that name goes on: `docker ps` shows it, and compose finds nothing to change. It has to point at the image
 * on this engine then. In all other cases only the digest is true.
 */
export function referenceFor(used: string, image: ServiceImage): { name: string; isTag: boolean } {
  const colon = used.lastIndexOf(':')
  const isTagged = !used.includes('@') && colon > used.lastIndexOf('/')
  const [repository, tag] = isTagged ? [used.slice(0, colon), used.slice(colon + 1)] : [used, 'latest']
  const isSame = tag === image.tag && isRepository(repository, image)
  return isSame ? { name: `${repository}:${tag}`, isTag: true } : { name: digestName(image), isTag: false }
}

function isRepository(text: string, image: ServiceImage): boolean {
  try {
    return formatImageName(parseImageName(text)) === formatImageName(image.name)
  } catch {
    return false
  }
}

export function digestName({ name, digest }: ServiceImage): string {
  return `${formatImageName(name)}@${digest}`
}
