import { type ImageName, parseImageName } from '@slipway/core'

/** An image as people write it for `docker pull`. */
export interface WholeReference extends ImageName {
  readonly tag: string | undefined
  readonly digest: string | undefined
}

/** Reads `host[:port]/path[:tag][@digest]`; null when it cannot be one. Tag and digest are taken as they stand. */
export function readWholeReference(text: string): WholeReference | null {
  const [named = '', digest, ...more] = text.split('@')
  if (more.length > 0) return null
  // A colon before the last slash is that of a port.
  const colon = named.indexOf(':', named.lastIndexOf('/') + 1)
  const path = colon < 0 ? named : named.slice(0, colon)
  try {
    return { ...parseImageName(lowerHost(path)), tag: colon < 0 ? undefined : named.slice(colon + 1), digest }
  } catch {
    return null
  }
}

function lowerHost(path: string): string {
  const slash = path.indexOf('/')
  const head = path.slice(0, Math.max(slash, 0))
  const isHost = head.includes('.') || head.includes(':')
  return isHost ? `${head.toLowerCase()}${path.slice(slash)}` : path
}
