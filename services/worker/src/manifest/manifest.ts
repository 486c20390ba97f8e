/** What a file of a release was on the disk when it was known to be right. Integers as text: they are larger than 2^53. */
export interface InodeFacts {
  readonly inode: string
  /** Nanoseconds since 1970. */
  readonly mtime: string
  readonly ctime: string
}

/** One thing in the source of an image. Paths are relative to the release, with `/`, and never empty. */
export type TreeEntry =
  | { readonly kind: 'folder'; readonly path: string }
  | {
      readonly kind: 'file'
      readonly path: string
      readonly mode: 0o644 | 0o755
      /** Bytes. */
      readonly size: number
      /** Of the content: `sha256:` is left out, 64 hexadecimal digits. */
      readonly sha256: string
    }
  | { readonly kind: 'link'; readonly path: string; readonly target: string }

/** An entry as it lies on the disk of this host. */
export type ManifestEntry =
  | Exclude<TreeEntry, { readonly kind: 'file' }>
  | (Extract<TreeEntry, { readonly kind: 'file' }> & InodeFacts)

/** What a release is as a whole. */
export interface ManifestHead {
  /** Of the form of the file. */
  readonly version: 1
  /** Name of the release. */
  readonly release: string
  readonly deployment: string
  /** Milliseconds since 1970. */
  readonly at: number
  /** Digest of the image that was asked for: of its manifest, or of an index. */
  readonly digest: string
  readonly sourcePath: string
  /**
   * Digests of the layers of the image, the lowest first, when the registry told them and no folder on the way to the
   * source is a link; else null, and the next release cannot be made from layers.
   */
  readonly layers: readonly string[] | null
  readonly owner: { readonly uid: number; readonly gid: number } | null
  /** Paths that were replaced by links to what outlives releases; what the image has there is not in the entries. */
  readonly shared: readonly string[]
  /** Folders that the site may write to: what is new or other there is no drift. */
  readonly writable: readonly string[]
}
