/** Whether one character fits one place of a pattern; a run is the place of a `*`. */
type Place = 'run' | ((character: string) => boolean)

/**
 * True when the shell pattern fits the whole name of a branch or tag: `*` for any characters, `?` for one, `[a-z]` and
 * `[!a-z]` for one of a set, `\` before a character that is meant as it is. As in GitLab's own wildcards, `*` goes over
 * slashes. It takes at most as many steps as the lengths of both multiplied, whatever the pattern is.
 */
export function fitsPattern(pattern: string, ref: string): boolean {
  const places = placesOf([...pattern])
  const characters = [...ref]
  let at = 0
  let place = 0
  // Where to take up again when the rest does not fit: behind the last run, which then takes one character more.
  let retry: { at: number; place: number } | null = null
  while (at < characters.length) {
    const now = places[place]
    if (now === 'run') {
      place += 1
      retry = { at, place }
    } else if (now?.(characters[at] ?? '')) {
      at += 1
      place += 1
    } else if (retry) {
      retry.at += 1
      at = retry.at
      place = retry.place
    } else {
      return false
    }
  }
  return places.slice(place).every((left) => left === 'run')
}

function placesOf(pattern: readonly string[]): Place[] {
  const places: Place[] = []
  for (let at = 0; at < pattern.length; at += 1) {
    const character = pattern[at] ?? ''
    const end = character === '[' ? endOfSet(pattern, at) : -1
    if (character === '*') {
      places.push('run')
    } else if (character === '?') {
      places.push(() => true)
    } else if (end > 0) {
      places.push(oneOf(pattern.slice(at + 1, end)))
      at = end
    } else {
      const isEscape = character === '\\' && at + 1 < pattern.length
      if (isEscape) at += 1
      const meant = pattern[at]
      places.push((one) => one === meant)
    }
  }
  return places
}

/** Place of the bracket that closes a set; a set that is never closed is a bracket like any character. */
function endOfSet(pattern: readonly string[], start: number): number {
  const first = isNegation(pattern[start + 1]) ? start + 2 : start + 1
  return pattern.indexOf(']', first + 1)
}

function oneOf(set: readonly string[]): Place {
  const isNegated = isNegation(set[0])
  const members = isNegated ? set.slice(1) : set
  return (character) => isMember(members, character) !== isNegated
}

function isMember(members: readonly string[], character: string): boolean {
  for (let at = 0; at < members.length; at += 1) {
    const low = members[at] ?? ''
    const high = members[at + 1] === '-' ? members[at + 2] : undefined
    if (high === undefined ? character === low : low <= character && character <= high) return true
    if (high !== undefined) at += 2
  }
  return false
}

function isNegation(character: string | undefined): boolean {
  return character === '!' || character === '^'
}
