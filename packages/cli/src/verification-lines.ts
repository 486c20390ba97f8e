import type { DriftReport, Verification } from '@slipway/core'

/** What one host answered, for a person: its verdict, then a line for each path. */
export function verificationLines({ project, host, outcome, report, strayed, why }: Verification): string[] {
  if (outcome === 'failed') return []
  if (outcome === 'busy') return [`${project} on ${host}: could not look, ${why}; try again in a moment`]
  const { release, files, read, counts } = report ?? emptyReport
  const looked = `${release}: ${files} files looked at, ${read} of them read`
  if (outcome === 'clean') return [`${project} on ${host}: as deployed (${looked})`]
  const numbers = `${counts.added} added, ${counts.changed} changed, ${counts.missing} missing`
  return [
    `${project} on ${host}: NOT as deployed: ${numbers} (${looked})`,
    ...(strayed ? [`  current   leads to ${strayed.to === null ? 'nothing' : quote(strayed.to)}`] : []),
    ...(report ? kinds.flatMap((kind) => pathLines(kind, report)) : []),
  ]
}

/** The same in one line, for who only passes by. */
export function driftLine({ project, host, at, report, strayed }: Verification): string {
  const { counts } = report ?? emptyReport
  const stray = strayed ? ', and `current` leads elsewhere' : ''
  const numbers = `${counts.added} added, ${counts.changed} changed, ${counts.missing} missing${stray}`
  const when = `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')}Z`
  return `${project} on ${host} is NOT as deployed: ${numbers} (seen ${when}; see \`slipway verify ${project}\`)`
}

const kinds = ['added', 'changed', 'missing'] as const

function pathLines(kind: (typeof kinds)[number], report: DriftReport): string[] {
  const left = report.counts[kind] - report[kind].length
  const lines = report[kind].map((path) => `  ${kind.padEnd(8)}  ${quote(path)}`)
  return left > 0 ? [...lines, `  ${kind.padEnd(8)}  and ${left} more`] : lines
}

// Names are made by whoever broke in: a line break in one must not look like a line of ours.
function quote(path: string): string {
  return /[\p{Cc}\p{Cf}"]/u.test(path) ? JSON.stringify(path) : path
}

const emptyReport = { release: '', files: 0, read: 0, counts: { added: 0, changed: 0, missing: 0 } }
