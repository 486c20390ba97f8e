/** One row of a result by column name. MariaDB writes everything as text. */
export type Row = Readonly<Record<string, string | null>>

/** Reads what `mariadb --batch` prints: names in the first line, tabs between, `\t`, `\n` and `\\` escaped. */
export function readTable(printed: string): Row[] {
  const [names, ...rows] = printed
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split('\t'))
  if (!names) return []
  return rows.map((cells) =>
    Object.fromEntries(names.map((name, index) => [name, readCell(cells[index] ?? '')])),
  )
}

const escapes: Readonly<Record<string, string>> = { t: '\t', n: '\n', '0': '\0', '\\': '\\' }

function readCell(cell: string): string | null {
  if (cell === 'NULL') return null
  return cell.replace(/\\([tn0\\])/g, (whole, letter: string) => escapes[letter] ?? whole)
}
