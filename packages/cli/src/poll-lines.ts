import { formatDuration, formatMinute, type PollRecord, type Project } from '@slipway/core'

/** How a project is polled, what came of it last, and when it is asked next; nothing for one that is not polled. */
export function pollLines({ poll }: Pick<Project, 'poll'>, record: PollRecord | null): string[] {
  if (!poll) return []
  const every = `polled every ${formatDuration(poll.every)}`
  if (!record) return [`${every}: not asked yet`]
  const { askedAt, nextAt, backOffUntil, failures, errorCode, why } = record
  const asked = `asked at ${formatMinute(askedAt)}`
  const next = `next at ${formatMinute(nextAt)}`
  if (errorCode === null) return [`${every}: ${asked}, ${answersOf(record)}; ${next}`]
  const times = failures === 1 ? 'failed once' : `failed ${failures} times`
  const off = backOffUntil === null ? next : `backs off until ${formatMinute(backOffUntil)}`
  return [`${every}: ${asked}, ${times}; ${off}`, `  ${errorCode}: ${(why ?? '').replaceAll(/\s+/g, ' ')}`]
}

function answersOf({ answers }: PollRecord): string {
  const all = Object.values(answers).map(
    ({ tag, digest }) => `${tag} is ${digest.replace('sha256:', '').slice(0, 12)}`,
  )
  return all.length === 0 ? 'there is no tag to follow' : all.join(', ')
}
