import type { TortureReport } from './torture.ts'

const shown = 20

/** What a run came to, for people. */
export function reportLines(report: TortureReport): string[] {
  const { overlaps, backward, badLooks, unaccounted, notNewest } = report
  const violations = { overlaps, backward, 'bad looks': badLooks, unaccounted, 'not newest': notNewest }
  const row = (name: string, value: string | number) => `  ${name.padEnd(18)} ${value}`
  return [
    row('pushed', report.pushed),
    row('accepted', `${report.accepted} (and ${report.refused} refused, to be sent again)`),
    row('workers killed', report.kills),
    row('faults', list(report.faults)),
    row('switches', report.switches),
    row('outcomes', list(report.outcomes)),
    row('looks at current', report.looks),
    ...Object.entries(violations).map(([name, found]) => row(name, found.length)),
    ...Object.values(violations)
      .flat()
      .slice(0, shown)
      .map((violation) => `  ! ${violation}`),
  ]
}

function list(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${count} ${name}`)
    .join(', ')
}
