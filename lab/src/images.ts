import { join } from 'node:path'
import { baseImage } from './images/base-image.ts'
import { build, hasImage } from './images/docker-build.ts'
import { fingerprint } from './images/fingerprint.ts'
import { type RecipeName, recipes } from './images/recipes.ts'
import type { LabOptions } from './lab-options.ts'
import { cacheLabel } from './run-id.ts'

const underWay = new Map<RecipeName | 'debian', Promise<string>>()

/** Makes sure that these images are on the engine, two at a time at most, and gives their tags by name. */
export async function prepareImages<Name extends RecipeName>(
  names: readonly Name[],
  options: LabOptions,
): Promise<Record<Name, string>> {
  // The bases first: what stands on them would wait for them anyhow.
  const tags = new Map<Name, string>()
  const waiting = [...names]
  const worker = async () => {
    for (let name = waiting.shift(); name; name = waiting.shift()) tags.set(name, await image(name, options))
  }
  await image('debian', options)
  await Promise.all([worker(), worker()])
  return Object.fromEntries(tags) as Record<Name, string>
}

/** The tag of one image, built only if the engine does not have it as it should be now. */
export function image(name: RecipeName | 'debian', options: LabOptions): Promise<string> {
  const running = underWay.get(name)
  if (running) return running
  const made = name === 'debian' ? baseImage(options) : fromRecipe(name, options)
  underWay.set(name, made)
  // Another try may have more luck.
  made.catch(() => underWay.delete(name))
  return made
}

async function fromRecipe(name: RecipeName, options: LabOptions): Promise<string> {
  const { base, context, dockerfile, inputs } = recipes[name]
  const baseTag = await image(base, options)
  const tag = `slipway-lab/${name}:${await fingerprint(context, inputs, [baseTag])}`
  if (await hasImage(tag)) return tag
  options.say(`building the ${name} image (once)`)
  return build({
    dockerfile: join(context, dockerfile),
    context,
    tag,
    buildArgs: { BASE: baseTag },
    labels: { [cacheLabel]: name },
    signal: options.signal,
  })
}
