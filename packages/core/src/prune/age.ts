import type { PrunePolicy } from './item.ts'

const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
] as const

/** A length of time as it is written in the configuration, without rest: milliseconds to `90m`. */
export function formatDuration(milliseconds: number): string {
  const [unit, each] = units.find(([, length]) => milliseconds >= length && milliseconds % length === 0) ?? [
    'ms',
    1,
  ]
  return milliseconds === 0 ? '0s' : `${milliseconds / each}${unit}`
}

/** A length of time in its largest unit: milliseconds to `40m`. */
export function formatAge(milliseconds: number): string {
  const [unit, each] = units.find(([, length]) => milliseconds >= length) ?? ['s', 1_000]
  return `${Math.max(0, Math.floor(milliseconds / each))}${unit}`
}

/** How long what is not slipway's has to have been there; milliseconds. */
export function patienceWithOthers({ min_age, older_than }: PrunePolicy): number {
  return Math.max(min_age, older_than)
}

/**
 * Why a thing is too young to go; null when it is old enough. What is of unknown age is too young for everybody who
 * asks for an age at all.
 * @param verb what happened to it then: "came"
 */
export function tooYoung(verb: string, at: number | null, least: number, now: number): string | null {
  if (least === 0) return null
  const limit = formatDuration(least)
  if (at === null) return `nobody can tell when it ${verb}; nothing younger than ${limit} goes`
  const age = now - at
  // The other way round, what is no number would be old enough.
  return age >= least ? null : `${verb} ${formatAge(age)} ago; nothing younger than ${limit} goes`
}

/** `came 9d ago`, for the reasons of what goes. */
export function since(verb: string, at: number | null, now: number): string {
  return at === null ? `${verb} at a time that nobody can tell` : `${verb} ${formatAge(now - at)} ago`
}
