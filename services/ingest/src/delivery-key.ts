import { formatImageName } from '@slipway/core'
import type { SourcePush } from './sources/source.ts'

/**
 * What a repetition of a call is known by: the same for each sending of one event, and for no other. Undefined where the
 * sender gives neither an id nor a time: then nothing tells a repetition from a tag that was pushed again with an
 * earlier content, and swallowing the second would leave a site on what was meant to be replaced. Deploying twice is
 * harmless, since what is live already is left alone. It holds the sender's text as it came, of any length: what is
 * kept of it is a digest.
 */
export function deliveryKey(source: string, hook: string, push: SourcePush): string | undefined {
  const { registry, repository, tag, digest, event, at } = push
  // No part but the last may hold a NUL, so no two deliveries have one text.
  // One event may tell of several images, so its id alone is not enough.
  if (event) return `id\0${source}\0${hook}\0${formatImageName(push)}:${tag}\0${event}`
  // Some senders tell of one push in two calls, which may come by two hooks.
  if (at) return `at\0${source}\0${registry}\0${repository}\0${tag}\0${digest ?? ''}\0${at}`
  return undefined
}
