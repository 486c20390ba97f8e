import type { z } from 'zod'
import { contradictions } from './contradictions.ts'
import { type Config, configSchema } from './schema.ts'

/** One mistake in a configuration: where it is and what would be right. */
export interface Mistake {
  /** Path with dots and brackets, as in `projects.shop.services[0].signal`; empty for the file as a whole. */
  readonly path: string
  readonly message: string
}

export type ParsedConfig =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly mistakes: readonly Mistake[] }

/** Unknown in; the whole Config out, or every mistake at once. */
export function parseConfig(input: unknown): ParsedConfig {
  const result = configSchema.safeParse(input ?? {}, { error: explain })
  const mistakes = [
    ...(result.success ? [] : result.error.issues.flatMap(readIssue)),
    ...contradictions(input),
  ]
  if (result.success && mistakes.length === 0) return { ok: true, config: result.data }
  return { ok: false, mistakes: mistakes.toSorted((a, b) => a.path.localeCompare(b.path)) }
}

/** The path of a mistake as it is written in messages. */
export function formatPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, part) =>
      typeof part === 'number' ? `${text}[${part}]` : text ? `${text}.${String(part)}` : String(part),
    '',
  )
}

function readIssue(issue: z.core.$ZodIssue): Mistake[] {
  if (issue.code === 'invalid_union') {
    const meant = meantBranch(issue.errors)
    if (meant) return meant.flatMap((inner) => readIssue({ ...inner, path: [...issue.path, ...inner.path] }))
  }
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      path: formatPath([...issue.path, key]),
      message: 'there is no such setting',
    }))
  }
  if (issue.code === 'invalid_key') {
    return issue.issues.map((inner) => ({
      path: formatPath(issue.path),
      message: `this name cannot be used: ${inner.message}`,
    }))
  }
  return [{ path: formatPath(issue.path), message: issue.message }]
}

/** Of several forms the one that somebody tried to write: it has the fewest mistakes. Null when that is not clear. */
function meantBranch(branches: readonly (readonly z.core.$ZodIssue[])[]): readonly z.core.$ZodIssue[] | null {
  const ranked = branches
    .map((issues) => ({ issues, weight: issues.reduce((sum, issue) => sum + weigh(issue), 0) }))
    .toSorted((a, b) => a.weight - b.weight)
  const [best, second] = ranked
  const isClear = best && best.weight < anotherKind && best.weight < (second?.weight ?? anotherKind)
  return isClear ? best.issues : null
}

const anotherKind = 1_000

function weigh(issue: z.core.$ZodIssue): number {
  if (issue.code === 'invalid_union' && issue.errors.length > 0)
    return Math.min(...issue.errors.map((issues) => issues.reduce((sum, inner) => sum + weigh(inner), 0)))
  if (issue.path.length === 0 && issue.code === 'invalid_type') return anotherKind
  return issue.code === 'unrecognized_keys' ? issue.keys.length : 1
}

// Only for what no schema line says better itself.
function explain(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code === 'invalid_type') {
    if (issue.input === undefined) return `is missing; write a ${nounOf(issue.expected)}`
    return `write a ${nounOf(issue.expected)}`
  }
  if (issue.code === 'invalid_value') return `use one of: ${issue.values.map(String).join(', ')}`
  if (issue.code === 'too_small')
    return `must be at least ${issue.minimum}${issue.origin === 'string' ? ' characters' : ''}`
  if (issue.code === 'too_big') return `must be at most ${issue.maximum}`
  return undefined
}

function nounOf(expected: string): string {
  const nouns: Readonly<Record<string, string>> = {
    record: 'map',
    object: 'map',
    array: 'list',
    int: 'whole number',
    string: 'text',
  }
  return nouns[expected] ?? expected
}
