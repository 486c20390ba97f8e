const shortest = 3

/** A Markdown table with its columns under each other, as the formatter of this repository has it. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const cells = [head, ...rows].map((row) => row.map((cell) => cell.replaceAll('|', '\\|')))
  const widths = head.map((_, at) => Math.max(shortest, ...cells.map((row) => row[at]?.length ?? 0)))
  const lines = cells.map((row) => line(row.map((cell, at) => cell.padEnd(widths[at] ?? 0))))
  return [lines[0] ?? '', line(widths.map((width) => '-'.repeat(width))), ...lines.slice(1)]
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`
}
