import { isDigest, isTag } from '../image/reference.ts'

/** What every source becomes: an image got a new content under a tag. From here on nobody knows who said so. */
export interface ImagePush {
  readonly registry: string
  readonly repository: string
  readonly tag: string
  /** Null when the sender named none, or none of the right form. */
  readonly digest: string | null
}

export type TagVerdict =
  | { readonly kind: 'image' }
  | { readonly kind: 'ignore' | 'reject'; readonly why: string }

/** Whether a tag as a sender wrote it stands for an image to run. */
export function judgeTag(tag: string): TagVerdict {
  if (isDigest(tag)) return { kind: 'ignore', why: 'the image was pushed by digest, without a tag' }
  if (/^sha256-[a-f0-9]{64}(?:\.|$)/.test(tag)) {
    return {
      kind: 'ignore',
      why: 'the tag is made by a tool for a signature, an attestation or a list of referrers',
    }
  }
  if (!isTag(tag))
    return { kind: 'reject', why: 'the tag is not of the form that the OCI specification gives' }
  return { kind: 'image' }
}
