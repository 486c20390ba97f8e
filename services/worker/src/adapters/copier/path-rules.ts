/**
 * What a path of a release is. `kept`: below a shared path that has its content in shared/ already, so that what the
 * image has there is not written. `shared`: below one that this release brings the first content of. `writable`: the
 * site writes there. `own`: all else.
 */
export type PathKind = 'own' | 'writable' | 'shared' | 'kept'

export interface PathRules {
  kindOf(path: string): PathKind
}

export interface PathLists {
  readonly shared: readonly string[]
  /** Those of `shared` that have their content already. */
  readonly kept: readonly string[]
  readonly writable: readonly string[]
}

export function createPathRules({ shared, kept, writable }: PathLists): PathRules {
  if (shared.length === 0 && writable.length === 0) return { kindOf: () => 'own' }
  return {
    kindOf(path) {
      if (isAtOrBelow(path, kept)) return 'kept'
      if (isAtOrBelow(path, shared)) return 'shared'
      return isAtOrBelow(path, writable) ? 'writable' : 'own'
    },
  }
}

/** True when the path is one of these or lies below one. */
export function isAtOrBelow(path: string, folders: readonly string[]): boolean {
  for (const folder of folders) {
    if (path.startsWith(folder) && (path.length === folder.length || path[folder.length] === '/')) return true
  }
  return false
}
