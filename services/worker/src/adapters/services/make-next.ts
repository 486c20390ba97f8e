import { nextSuffix, SlipwayError } from '@slipway/core'
import type Docker from 'dockerode'
import type { ReloadRequest } from '../../ports/service-manager.ts'
import type { Containers, Facts } from './containers.ts'
import { findImage, nameImage, referenceFor, requireImage } from './images.ts'
import { marksOf } from './marks.ts'
import { recipeOf } from './recipe.ts'

const undoDeadline = 30_000

export interface MakeNextOptions {
  readonly docker: Docker
  readonly containers: Containers
  readonly name: string
  readonly old: Facts
  readonly request: ReloadRequest
  readonly signal: AbortSignal
}

/** The image of a new container: what to call it, its id, and whether that name has to be given to it first. */
interface ChosenImage {
  readonly reference: string
  readonly id: string
  readonly isTag: boolean
}

/** Creates the container that is to take the place of another one, with all its networks. It does not run yet. */
export async function makeNext(options: MakeNextOptions): Promise<string> {
  const { docker, old, request, signal } = options
  const image = await chooseImage(docker, old, request, signal)
  if (!image.isTag) return create(options, image)
  const before = await findImage(docker, image.reference, signal)
  await nameImage(docker, image.id, image.reference, signal)
  try {
    return await create(options, image)
  } catch (error) {
    // What runs goes on under this name.
    if (before) await nameImage(docker, before.id, image.reference, AbortSignal.timeout(undoDeadline))
    throw error
  }
}

async function create(options: MakeNextOptions, image: ChosenImage): Promise<string> {
  const { docker, containers, name, old: facts, request, signal } = options
  const oldImage = (await findImage(docker, facts.Image, signal))?.settings ?? {}
  const marks = marksOf(request, facts.Id)
  const recipe = recipeOf({ facts, oldImage, image, name: `${name}${nextSuffix}`, marks })
  const id = await containers.create(recipe.create)
  for (const [network, endpoint] of recipe.networks) await containers.connect(id, network, endpoint)
  // Somebody may have moved the name in between.
  if ((await containers.find(id))?.Image === image.id) return id
  throw new SlipwayError('RELOAD_FAILED', `${image.reference} is another image by now than the one to run.`)
}

async function chooseImage(
  docker: Docker,
  old: Facts,
  { image }: ReloadRequest,
  signal: AbortSignal,
): Promise<ChosenImage> {
  if (image === 'before') {
    const name = old.Name.slice(1)
    const why = `The container that ${name} replaced is gone, and with it what it ran.`
    throw new SlipwayError('RELOAD_FAILED', why)
  }
  if (image === 'own') {
    const named = await findImage(docker, old.Config.Image, signal)
    const reference = named?.id === old.Image ? old.Config.Image : old.Image
    return { reference, id: old.Image, isTag: false }
  }
  const { id } = await requireImage(docker, image, signal)
  const { name, isTag } = referenceFor(old.Config.Image, image)
  return { reference: name, id, isTag }
}
