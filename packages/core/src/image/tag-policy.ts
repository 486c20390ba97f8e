import { Range, SemVer } from 'semver'
import { isTag } from './reference.ts'

/** One line of `tags`: an exact name, a regular expression between slashes, or a semver range. */
export type TagRule =
  | { readonly kind: 'exact'; readonly tag: string }
  | { readonly kind: 'expression'; readonly source: string; readonly expression: RegExp }
  | { readonly kind: 'range'; readonly source: string; readonly range: Range }

/** Reads one line of `tags`; null when it is none of the three. An expression always has to fit the whole tag. */
export function parseTagRule(text: string): TagRule | null {
  if (text.length > 1 && text.startsWith('/') && text.endsWith('/')) return parseExpression(text)
  if (isTag(text)) return { kind: 'exact', tag: text }
  return parseRange(text)
}

/** True when one of the rules follows the tag. */
export function followsTag(rules: readonly TagRule[], tag: string): boolean {
  return rules.some((rule) => ruleFollows(rule, tag))
}

/** The tag that a deploy without a named tag takes: the first exact one, or null when there is none. */
export function defaultTag(rules: readonly TagRule[]): string | null {
  for (const rule of rules) if (rule.kind === 'exact') return rule.tag
  return null
}

/** True when both tags are followed by one semver range and `tag` is the lower version: it must not replace `live`. */
export function isLowerVersion(rules: readonly TagRule[], tag: string, live: string): boolean {
  const candidate = parseVersion(tag)
  const current = parseVersion(live)
  if (!candidate || !current) return false
  return (
    rules.some((rule) => rule.kind === 'range' && ruleFollows(rule, tag) && ruleFollows(rule, live)) &&
    candidate.compare(current) < 0
  )
}

function ruleFollows(rule: TagRule, tag: string): boolean {
  if (rule.kind === 'exact') return rule.tag === tag
  if (rule.kind === 'expression') return rule.expression.test(tag)
  const version = parseVersion(tag)
  return version !== null && rule.range.test(version)
}

function parseExpression(text: string): TagRule | null {
  const source = text.slice(1, -1)
  try {
    return { kind: 'expression', source: text, expression: new RegExp(`^(?:${source})$`, 'v') }
  } catch {
    return null
  }
}

function parseRange(text: string): TagRule | null {
  // semver reads nothing as "any version".
  if (text.trim() === '') return null
  try {
    return { kind: 'range', source: text, range: new Range(text) }
  } catch {
    return null
  }
}

function parseVersion(tag: string): SemVer | null {
  try {
    return new SemVer(tag)
  } catch {
    return null
  }
}
