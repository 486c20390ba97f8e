import type { TreeEntry } from '../manifest/manifest.ts'

/** Where the content of a file of a layer lies, as long as it lies anywhere. */
export interface Staged {
  readonly staged?: string
}

/** One thing that a layer says about the source. Paths are relative to it; that of the source itself is empty. */
export type LayerItem =
  | Exclude<TreeEntry, { readonly kind: 'file' | 'folder' }>
  | (Extract<TreeEntry, { readonly kind: 'file' }> & Staged)
  | {
      readonly kind: 'folder'
      readonly path: string
      /** False when the layer only has something in it: what it is then, engines see in different ways. */
      readonly isNamed: boolean
    }
  /** Takes away what lower layers have there. */
  | { readonly kind: 'whiteout'; readonly path: string }
  /** Takes away what lower layers have in a folder. */
  | { readonly kind: 'opaque'; readonly path: string }

/** What one layer says about a source: first what it takes away, then what it brings, folders before what is in them. */
export type LayerItems = readonly LayerItem[]
