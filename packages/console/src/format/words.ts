import type { Deployment, Schedule } from '../api/answers.ts'
import { formatDuration } from './duration.ts'

/** The first twelve digits of a digest, which is what releases are named by. */
export function shortDigest(digest: string): string {
  return digest.replace(/^sha256:/, '').slice(0, 12)
}

/** What a deployment brings: its tag and its digest, or where it goes back to. */
export function targetWords({
  tag,
  digest,
  resolvedDigest,
  back,
}: Pick<Deployment, 'tag' | 'digest' | 'resolvedDigest' | 'back'>): string {
  const known = resolvedDigest ?? digest
  const of = [tag, known === null ? null : shortDigest(known)].filter((part) => part !== null).join(' · ')
  if (back === null) return of || 'an image'
  return of ? `back to ${of}` : `back to ${back.release ?? 'the good release before'}`
}

/** Who or what asked for a deployment. */
export function triggerWords({ kind, hook, by, reason }: Deployment['trigger']): string {
  if (kind === 'webhook') return `webhook ${hook ?? ''}`.trim()
  if (kind === 'command') return `${by ?? 'somebody'}${reason ? `: ${reason}` : ''}`
  return kind
}

/** When a job by the clock comes. */
export function repeatWords({ every, pattern, tz }: Schedule['repeat']): string {
  if (pattern !== undefined) return `${pattern} (${tz ?? 'UTC'})`
  return every === undefined ? '-' : `every ${formatDuration(every)}`
}

/** The code and the reason of a failure; empty when there is neither. */
export function whyWords({ errorCode, why }: Pick<Deployment, 'errorCode' | 'why'>): string {
  return [errorCode, why].filter((part) => part !== null && part !== '').join(': ')
}

/** Who had a prune run. */
export function causeWords(cause: string, by: string | null): string {
  if (cause === 'schedule') return 'by the clock'
  if (cause === 'disk') return 'a disk was full'
  return `for ${by ?? 'somebody'}`
}

/** `1 host`, `2 hosts`. */
export function counted(count: number, one: string): string {
  return `${count.toLocaleString('en')} ${one}${count === 1 ? '' : 's'}`
}
