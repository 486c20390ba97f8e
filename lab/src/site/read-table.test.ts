import { describe, expect, it } from 'vitest'
import { readTable } from './read-table.ts'

describe('readTable', () => {
  it('gives rows by column name', () => {
    expect(readTable('id\ttext\n1\tone\n2\tNULL\n')).toEqual([
      { id: '1', text: 'one' },
      { id: '2', text: null },
    ])
  })

  it('reads tabs, line ends and backslashes in a cell', () => {
    expect(readTable('text\na\\tb\\nc\\\\n\n')).toEqual([{ text: 'a\tb\nc\\n' }])
  })

  it('gives no rows for a statement without a result', () => {
    expect(readTable('')).toEqual([])
  })
})
