import { describeDisk, formatBytes, formatMinute, type PruneRecord, planHeads, planRows } from '@slipway/core'
import { plainText } from './plain-text.ts'
import { formatTable } from './table.ts'

/** What a prune did or would do, for a person: its figures, then a table of things. */
export function pruneLines(record: PruneRecord, options: { readonly withKept: boolean }): string[] {
  const { deleted, kept, deletedMore, keptMore, problems, after, advice } = record
  const rows = planRows([...deleted, ...(options.withKept ? kept : [])])
  const more = [
    ...(deletedMore > 0 ? [`  and ${deletedMore} more that ${record.isDryRun ? 'would go' : 'went'}`] : []),
    ...(options.withKept && keptMore > 0 ? [`  and ${keptMore} more that stay`] : []),
  ]
  return [
    summaryLine(record),
    ...after.map((disk) => `  ${describeDisk(disk)}`),
    ...(rows.length > 0 ? formatTable([[...planHeads], ...rows]).map((line) => `  ${line}`) : []),
    ...more,
    ...problems.map(({ kind, name, why }) => `  could not delete ${kind} ${name}: ${why}`),
    ...(advice ? advice.split('\n').map((line) => `  ${line}`) : []),
  ].map(plainText)
}

/** The same in one line. */
export function summaryLine(record: PruneRecord): string {
  const { host, startedAt, milliseconds, cause, by, isDryRun, outcome, counts, freedBytes } = record
  const { errorCode, why } = record
  const sum = (of: 'kept' | 'deleted' | 'failed') =>
    Object.values(counts).reduce((all, count) => all + count[of], 0)
  const reason = {
    schedule: 'by the clock',
    disk: 'because a disk was full',
    command: `for ${by ?? 'somebody'}`,
  }
  const freed = formatBytes(freedBytes)
  if (isDryRun && outcome !== 'failed')
    return `${host}: a prune would delete ${sum('deleted')}, keep ${sum('kept')} and free ${freed}`
  const when = `${formatMinute(startedAt)}, ${reason[cause]}, ${(milliseconds / 1_000).toFixed(1)} s`
  const failure =
    outcome === 'failed' ? `FAILED${errorCode ? ` ${errorCode}` : ''}${why ? `: ${why}` : ''}; ` : ''
  const failed = sum('failed') > 0 ? `, could not delete ${sum('failed')}` : ''
  return plainText(
    `${host}: ${failure}deleted ${sum('deleted')}, kept ${sum('kept')}${failed}, freed ${freed} (${when})`,
  )
}
