import { isRegistryHost, isRepository, judgeTag, readDigest } from '@slipway/core'
import type { Parsed, SourcePush } from './source.ts'

/** What a sender says of one image, before anything of it is believed. */
export interface Announcement {
  /** The host of the hook, else the one that the call gives or implies. */
  readonly registry: string | undefined
  readonly repository: string | undefined
  readonly tag: string | undefined
  readonly digest?: unknown
  /** Media type of what was pushed (of its config, where there is one), for senders that tell charts from images. */
  readonly mediaType?: string | undefined
  /** The sender's own id of the event, where it is the same in every repetition. */
  readonly event?: string | undefined
  /** The sender's time of the event, as it wrote it. */
  readonly at?: string | number | undefined
}

/** What came of one of the images, or events, of a call. */
export type Judged =
  | { readonly kind: 'push'; readonly push: SourcePush }
  | { readonly kind: 'ignore' | 'reject'; readonly why: string }

/** How the media types begin of what lies beside images in a registry and is never run. */
const neverRun = [
  'application/vnd.cncf.helm.',
  'application/vnd.cncf.notary.',
  'application/vnd.dev.cosign.',
  'application/vnd.dev.sigstore.',
  'application/vnd.in-toto',
]

function isNeverRun(mediaType: string | undefined): boolean {
  const lowered = mediaType?.toLowerCase() ?? ''
  return neverRun.some((beginning) => lowered.startsWith(beginning))
}

/** Holds what a sender says of one image against the rules that all sources share. */
export function judge({ registry, repository, tag, digest, mediaType, event, at }: Announcement): Judged {
  if (isNeverRun(mediaType)) return { kind: 'ignore', why: 'a chart or a signature was pushed, not an image' }
  if (!tag) return { kind: 'reject', why: 'the call names no tag' }
  // A digest in upper case stands for the same bytes, also where it stands as a tag.
  const verdict = judgeTag(readDigest(tag) ?? tag)
  if (verdict.kind !== 'image') return verdict
  const host = registry?.toLowerCase() ?? ''
  if (!isRegistryHost(host)) return { kind: 'reject', why: 'the call names no possible registry host' }
  const path = repository ?? ''
  if (!isRepository(path)) return { kind: 'reject', why: 'the call names no possible repository' }
  const time = at === undefined ? null : String(at)
  const known = typeof digest === 'string' ? readDigest(digest) : null
  return {
    kind: 'push',
    push: { registry: host, repository: path, tag, digest: known, event: event || null, at: time },
  }
}

/** One answer for a call with one image. */
export function parsedOf(judged: Judged): Parsed {
  return judged.kind === 'push' ? { kind: 'pushes', pushes: [judged.push], passedOver: [] } : judged
}

/**
 * One answer for a call that may hold several: its pushes where there are any, else it is refused only when something in
 * it cannot be of this sender.
 */
export function gather(all: readonly Judged[], ifEmpty: string): Parsed {
  const [only] = all
  if (only?.kind === 'push' && all.length === 1) return parsedOf(only)
  const pushes = all.flatMap((one) => (one.kind === 'push' ? [one.push] : []))
  const passedOver = [...new Set(all.flatMap((one) => (one.kind === 'push' ? [] : [one.why])))]
  if (pushes.length > 0) return { kind: 'pushes', pushes, passedOver }
  const kind = all.some((one) => one.kind === 'reject') ? 'reject' : 'ignore'
  return { kind, why: passedOver.join('; ') || ifEmpty }
}
