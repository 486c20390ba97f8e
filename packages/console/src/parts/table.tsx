import type { ComponentChildren } from 'preact'

/** One column of a table. */
export interface Column<R> {
  readonly head: string
  readonly cell: (row: R) => ComponentChildren
  /** `number`: figures stand right. `name`: what the row is about. */
  readonly kind?: 'number' | 'name'
}

interface TableProps<R> {
  /** What the table holds, for whoever does not see it. */
  readonly label: string
  readonly columns: readonly Column<R>[]
  readonly rows: readonly R[]
  readonly keyOf: (row: R) => string
  /** In the place of a table without rows. */
  readonly empty: ComponentChildren
}

/** A table; on a narrow screen each row is a card, with the heads beside its cells. */
export function Table<R>({ label, columns, rows, keyOf, empty }: TableProps<R>) {
  if (rows.length === 0) return <p class="empty">{empty}</p>
  return (
    <table aria-label={label}>
      <thead>
        <tr>
          {columns.map(({ head, kind }) => (
            <th key={head} scope="col" class={kind}>
              {head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={keyOf(row)}>
            {columns.map(({ head, cell, kind }) => (
              <td key={head} class={kind} data-head={head}>
                <div>{cell(row)}</div>
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}
