/** One way in that a `WWW-Authenticate` header offers. */
export interface Challenge {
  /** Lower case: `bearer`, `basic`, … */
  readonly scheme: string
  /** By lower-case name; the first of a name counts. */
  readonly parameters: ReadonlyMap<string, string>
}

/**
 * Reads every challenge of the header, in order; several headers come joined by commas and are read alike. What cannot
 * be read ends the list: what came before it still counts.
 */
export function parseChallenges(header: string): Challenge[] {
  const challenges: { scheme: string; parameters: Map<string, string> }[] = []
  const reader = createReader(header)
  for (;;) {
    reader.take(separators)
    const name = reader.take(token)?.[0].toLowerCase()
    if (name === undefined) return challenges
    const current = challenges.at(-1)
    if (!reader.take(equals)) {
      challenges.push({ scheme: name, parameters: new Map() })
      reader.take(token68)
      continue
    }
    const value = readValue(reader)
    if (value === null || !current) return challenges
    if (!current.parameters.has(name)) current.parameters.set(name, value)
  }
}

const separators = /[\s,]*/y
const token = /[!#$%&'*+.^_`|~0-9A-Za-z-]+/y
const equals = /\s*=\s*/y
// Only where nothing but the next challenge may follow; otherwise it is the name of a parameter.
const token68 = /\s+[A-Za-z0-9._~+/-]+=*(?=\s*(?:,|$))/y
const quoted = /"((?:[^"\\]|\\.)*)"/y
// Values with "/" and ":" must be quoted, yet registries exist that do not.
const bare = /[^\s,"]+/y

function readValue(reader: Reader): string | null {
  const inQuotes = reader.take(quoted)
  if (inQuotes) return (inQuotes[1] ?? '').replaceAll(/\\(.)/g, '$1')
  return reader.take(bare)?.[0] ?? null
}

interface Reader {
  /** What stands here, if it is of the (sticky) pattern; then goes past it. */
  take(pattern: RegExp): RegExpExecArray | null
}

function createReader(text: string): Reader {
  let position = 0
  return {
    take(pattern) {
      pattern.lastIndex = position
      const found = pattern.exec(text)
      if (found) position = pattern.lastIndex
      return found
    },
  }
}
