import { allowed, figureNames } from './figures.ts'
import type { SoakReport } from './soak.ts'

/** Every look as a column, what the last one may show at most, and the verdict. */
export function reportLines({ looks, warm, end, runs, grown, outcomes, surprises }: SoakReport): string[] {
  const rows = figureNames.map((name) => [
    name,
    ...looks.map(({ figures }) => figure(figures[name])),
    figure(allowed(name, warm.figures, runs)),
    grown.includes(name) ? 'GROWN' : 'flat',
  ])
  const head = ['after deploys', ...looks.map(({ deploys }) => String(deploys)), 'at most', '']
  const all = [head, ...rows]
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)))
  return [
    ...all.map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    ),
    `outcomes: ${Object.entries(outcomes)
      .map(([outcome, count]) => `${outcome} ${count}`)
      .join(', ')}`,
    ...surprises.map((line) => `SURPRISE: ${line}`),
    `warm after ${warm.deploys} deploys, compared after ${end.deploys}: ${grown.length === 0 ? 'flat' : `${grown.join(', ')} grew`}`,
  ]
}

function figure(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(1)
}
