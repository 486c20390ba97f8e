import { isDeepStrictEqual } from 'node:util'

/** The `Config` of a container or an image, as the engine tells it. */
export type Settings = Readonly<Record<string, unknown>>

const single = ['WorkingDir', 'User', 'StopSignal', 'Shell', 'ArgsEscaped', 'OnBuild']
const byKey = ['Labels', 'Volumes', 'ExposedPorts']

/**
 * What was set on a container itself. The engine tells it mixed with what its image said; what both say alike is left
 * out, so that a container of another image takes that from its own image.
 * @param published ports that stay, whoever named them
 */
export function ownSettings(
  container: Settings,
  image: Settings,
  published: readonly string[] = [],
): Settings {
  const own: Record<string, unknown> = { ...container }
  for (const key of single) if (isSame(container[key], image[key])) delete own[key]
  for (const key of byKey) own[key] = beyond(container[key], image[key], published)
  own.Env = linesOf(container.Env).filter((line) => !linesOf(image.Env).includes(line))
  // The engine takes what is missing in a health check from the image.
  own.Healthcheck = beyond(container.Healthcheck, image.Healthcheck)
  if (isEmpty(own.Healthcheck)) delete own.Healthcheck
  // A command belongs to its entrypoint: with one of its own a container takes none from the image.
  if (isSame(container.Entrypoint, image.Entrypoint)) {
    delete own.Entrypoint
    if (isSame(container.Cmd, image.Cmd)) delete own.Cmd
  }
  return own
}

function beyond(container: unknown, image: unknown, staying: readonly string[] = []): Settings {
  const known = mapOf(image)
  const own = Object.entries(mapOf(container)).filter(
    ([key, value]) => staying.includes(key) || !(key in known) || !isDeepStrictEqual(value, known[key]),
  )
  return Object.fromEntries(own)
}

function isSame(one: unknown, other: unknown): boolean {
  return (isEmpty(one) && isEmpty(other)) || isDeepStrictEqual(one, other)
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === '' || value === false) return true
  return typeof value === 'object' && Object.keys(value).length === 0
}

function mapOf(value: unknown): Settings {
  return typeof value === 'object' && value !== null ? (value as Settings) : {}
}

function linesOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}
