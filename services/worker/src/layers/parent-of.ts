/**
 * The folder that a path lies in; empty for the source itself. Made for many paths one after the other: those of one
 * folder stand together, and to take a text apart and look it up costs more than to see that it is the same again.
 */
export function createParentOf(): (path: string) => string {
  let last = ''
  return (path) => {
    const slash = path.lastIndexOf('/')
    if (slash < 0) last = ''
    else if (slash !== last.length || !path.startsWith(last)) last = path.slice(0, slash)
    return last
  }
}
