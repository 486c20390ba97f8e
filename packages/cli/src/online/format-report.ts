import { formatTable } from '../table.ts'
import type { OnlineReport, ProjectFinding } from './report.ts'

/** The report as lines for a person. */
export function formatReport(report: OnlineReport): string[] {
  const { projects, pairs, warnings, problems } = report
  const rows = projects.map((found) => [
    found.project,
    found.image,
    found.credentials ?? '(none)',
    verdictOf(found),
  ])
  const count = (kind: string) => pairs.filter(({ answer }) => answer.kind === kind).length
  return [
    'Asked the registries from this machine, with the secrets and commands that it has:',
    ...formatTable([['PROJECT', 'IMAGE', 'CREDENTIALS', 'CAN READ IT'], ...rows]).map((line) => `  ${line}`),
    `Images of other projects: ${pairs.length} asked, ${count('refused')} refused, ${count('readable')} readable, ` +
      `${count('unknown')} unknown.`,
    ...section('Warnings:', warnings),
    ...section('Problems:', problems),
  ]
}

function verdictOf({ tags, readable, anybody }: ProjectFinding): string {
  const known = tags.flatMap(({ tag, answer }) => (tag !== null && answer.kind === 'readable' ? [tag] : []))
  const others = anybody ? '; anybody can' : ''
  if (readable) return `yes${known.length > 0 ? ` (${known.join(', ')})` : ''}${others}`
  const isUnknown = tags.some(({ answer }) => answer.kind === 'unknown')
  return `${isUnknown ? 'not known' : 'no'}${known.length > 0 ? ` (only ${known.join(', ')})` : ''}`
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length > 0 ? [title, ...lines.map((line) => `  ${line}`)] : []
}
