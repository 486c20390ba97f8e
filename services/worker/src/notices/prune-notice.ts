import { formatBytes, type PruneRecord } from '@slipway/core'
import type { Notice } from '../ports/notifier.ts'

const inText = 5
const inDetails = 50
const longestReason = 1_000

/** What is told of one prune. */
export function pruneNotice(record: PruneRecord): Notice {
  const { host, startedAt, milliseconds, cause, by, outcome, errorCode, why, problems } = record
  const { counts, freedBytes, before, after, advice } = record
  const deleted = Object.values(counts).reduce((sum, one) => sum + one.deleted, 0)
  const did = `deleted ${deleted} ${deleted === 1 ? 'thing' : 'things'} and freed ${formatBytes(freedBytes)}`
  const reason = [errorCode, why].filter(Boolean).join(': ').slice(0, longestReason)
  const said = {
    done: `the prune of ${host} ${did}`,
    problems: `the prune of ${host} ${did}, and could not delete ${problems.length}`,
    failed: `the prune of ${host} failed${reason ? `: ${reason}` : ''}`,
  }[outcome]
  const named = problems.slice(0, inText)
  return {
    event: 'prune',
    project: null,
    host,
    at: startedAt + milliseconds,
    text: [
      `slipway: ${said}`,
      ...named.map((one) => `${one.kind} ${JSON.stringify(one.name)}: ${one.why}`),
      ...(problems.length > named.length ? ['…'] : []),
    ].join('\n'),
    details: {
      ...{ outcome, cause, by, milliseconds, errorCode, counts, freedBytes, before, after, advice },
      problems: problems.slice(0, inDetails),
    },
  }
}
