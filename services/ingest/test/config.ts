import { type Config, parseConfig } from '@slipway/core'

/** A checked configuration from what a person would write. */
export function configOf(input: object): Config {
  const result = parseConfig(input)
  if (!result.ok) throw new Error(JSON.stringify(result.mistakes))
  return result.config
}

/** A project that follows an image, in the fewest words. */
export function projectOf(image: string, more: object = {}): object {
  return {
    image,
    source: { path: '/var/www/app' },
    release: { root: `/srv/${image.replaceAll(/[^a-z0-9]/g, '-')}` },
    ...more,
  }
}
