import { hash } from 'node:crypto'

/** Characters of a mark: of a hundred thousand tags the chance that two share one is below one in fifty thousand. */
const length = 8

/** The tags in one short text: names in full would take Redis ten times the room. */
export function marksOf(tags: readonly string[]): string {
  return tags.map(markOf).toSorted().join('')
}

/** Whether a tag is among those of a text that `marksOf` made. */
export function readMarks(text: string): (tag: string) => boolean {
  const marks = new Set<string>()
  for (let at = 0; at + length <= text.length; at += length) marks.add(text.slice(at, at + length))
  return (tag) => marks.has(markOf(tag))
}

function markOf(tag: string): string {
  return hash('sha256', tag, 'base64url').slice(0, length)
}
