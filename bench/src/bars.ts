import { say, table } from './figures.ts'

/** What a bench was told on its command line. */
export interface BenchOptions {
  /** A small form of everything, with no bars: shows that the bench itself works. */
  readonly quick: boolean
}

/** Figures with the most that each may come to. */
export interface Bars {
  /** `limit` is in the unit of the value; `unit` stands behind both. */
  atMost(name: string, value: number, limit: number, unit?: string): void
  /** Prints all of them; one that is missed makes the exit code 1, unless nothing is enforced. */
  report(): void
}

export function createBars({ quick }: BenchOptions): Bars {
  const rows: { readonly name: string; readonly words: string; readonly isMet: boolean }[] = []
  return {
    atMost(name, value, limit, unit = '') {
      // A figure that could not be taken, or that noise turned into nonsense, is not met either.
      const isMet = value >= 0 && value <= limit
      rows.push({ name, words: `${round(value)}${unit} (<= ${limit}${unit})`, isMet })
    },
    report() {
      say(
        `\n${table([['', 'value (bar)', ''], ...rows.map(({ name, words, isMet }) => [name, words, isMet ? 'ok' : 'MISSED'])])}`,
      )
      if (quick) say('a quick run: the bars are shown and not enforced')
      else if (rows.some(({ isMet }) => !isMet)) process.exitCode = 1
    },
  }
}

function round(value: number): string {
  return value.toFixed(value < 100 ? 2 : 0)
}
