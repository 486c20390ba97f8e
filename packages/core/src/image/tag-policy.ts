import { Range, SemVer } from 'semver'
import { compileLinear, type LinearExpression } from './linear-expression.ts'
import { isTag } from './reference.ts'

/** One line of `tags`: an exact name, a regular expression between slashes, or a semver range. */
export type TagRule =
  | { readonly kind: 'exact'; readonly tag: string }
  | { readonly kind: 'expression'; readonly source: string; readonly expression: LinearExpression }
  | { readonly kind: 'range'; readonly source: string; readonly range: Range }

/**
 * Reads one line of `tags`; when it is none of the three, what would be right. An expression always has to fit the
 * whole tag, and is matched in time that grows with the length of the tag alone.
 */
export function parseTagRule(text: string): TagRule | string {
  if (text.length > 1 && text.startsWith('/') && text.endsWith('/')) return parseExpression(text)
  if (isTag(text)) return { kind: 'exact', tag: text }
  return parseRange(text) ?? noRule
}

const noRule = 'write a tag, a /regular expression/ or a semver range such as "^1.2"'

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
  if ((compareVersions(tag, live) ?? 0) >= 0) return false
  return rules.some((rule) => rule.kind === 'range' && ruleFollows(rule, tag) && ruleFollows(rule, live))
}

/** True when this one rule follows the tag. */
export function ruleFollows(rule: TagRule, tag: string): boolean {
  if (rule.kind === 'exact') return rule.tag === tag
  if (rule.kind === 'expression') return isTag(tag) && rule.expression.matches(tag)
  const version = parseVersion(tag)
  return version !== null && rule.range.test(version)
}

/** Which of two tags is the higher version: below, above or at 0, null when one of them is no version. */
export function compareVersions(a: string, b: string): number | null {
  const [one, other] = [parseVersion(a), parseVersion(b)]
  return one && other ? one.compare(other) : null
}

function parseExpression(text: string): TagRule | string {
  const expression = compileLinear(text.slice(1, -1))
  if (typeof expression === 'string') return `${text} cannot be used: ${expression}`
  return { kind: 'expression', source: text, expression }
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
