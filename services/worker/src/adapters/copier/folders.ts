import { mkdirSync } from 'node:fs'
import { createParentOf } from '../../layers/parent-of.ts'

/** Folders of a tree that several threads make at once. */
export interface Folders {
  /** Makes a folder and those it lies in, where they are not there yet. */
  make(path: string): void
  /** The same for the folder that a path lies in. */
  makeFor(path: string): void
}

/** @param root absolute; there */
export function createFolders(root: string): Folders {
  const known = new Set([''])
  const parentOf = createParentOf()

  function make(path: string): void {
    if (known.has(path)) return
    mkdirSync(`${root}/${path}`, { recursive: true, mode: 0o755 })
    known.add(path)
  }

  return { make, makeFor: (path) => make(parentOf(path)) }
}
