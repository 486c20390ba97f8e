import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type BenchOptions, createBars } from '../bars.ts'
import { median, say, table } from '../figures.ts'
import type { HostSize } from './inventory.ts'

const execute = promisify(execFile)
const program = fileURLToPath(new URL('./plan-once.ts', import.meta.url))
const deadline = 60_000

const full: HostSize = { images: 1_000, releases: 10_000, projects: 100 }
const small: HostSize = { images: 100, releases: 1_000, projects: 10 }
const tiny: HostSize = { images: 10, releases: 100, projects: 1 }
const timeLimit = 1_000
const memoryLimit = 200
/** Both are to grow with the inventory; what looks at all things for each of them grows ten times faster. */
const growthLimit = 1.5

/** What `plan-once.ts` prints; milliseconds and bytes. */
interface Figures {
  readonly first: number
  readonly firstFloor: number
  readonly warm: number
  readonly warmFloor: number
  readonly items: number
  readonly deleted: number
  readonly rssBefore: number
  readonly peakRss: number
}

/** How long the plan of a prune takes and what memory, against writing the same inventory down as JSON. */
export async function benchPrune(options: BenchOptions): Promise<void> {
  const bars = createBars(options)
  const rounds = options.quick ? 1 : 3
  const sizes = options.quick ? [tiny, small] : [small, full]
  const measured: { readonly size: HostSize; readonly runs: readonly Figures[] }[] = []
  for (const size of sizes) measured.push({ size, runs: await measure(size, rounds) })

  const head = ['images', 'releases', 'to go', 'first plan, ms', 'of JSON, ms', 'warm, ms', 'of JSON, ms']
  const rows = measured.map(({ size, runs }) => [
    ...[String(size.images), String(size.releases), `${runs[0]?.deleted} of ${runs[0]?.items}`],
    ...[cell(runs, 'first'), cell(runs, 'firstFloor'), cell(runs, 'warm'), cell(runs, 'warmFloor')],
    ...[cell(runs, 'peakRss', 1e6), cell(runs, 'rssBefore', 1e6)],
  ])
  say(`\n${table([[...head, 'peak RSS, MB', 'before, MB'], ...rows])}`)

  const largest = measured.at(-1)?.runs ?? []
  bars.atMost('plan of a prune', Math.max(...largest.map(({ first }) => first)), timeLimit, ' ms')
  bars.atMost('peak RSS', Math.max(...largest.map(({ peakRss }) => peakRss)) / 1e6, memoryLimit, ' MB')
  bars.atMost(
    'growth with ten times as much, of JSON',
    ofFloor(largest) / ofFloor(measured[0]?.runs ?? []),
    growthLimit,
  )
  bars.report()
}

async function measure({ images, releases, projects }: HostSize, rounds: number): Promise<Figures[]> {
  const found: Figures[] = []
  const args = [program, ...[images, releases, projects].map(String)]
  for (let round = 0; round < rounds; round += 1) {
    const { stdout } = await execute(process.execPath, args, { timeout: deadline })
    found.push(JSON.parse(stdout) as Figures)
  }
  return found
}

/** Of runs that others of the machine disturb, the least disturbed. */
function ofFloor(runs: readonly Figures[]): number {
  return Math.min(...runs.map(({ warm }) => warm)) / Math.min(...runs.map(({ warmFloor }) => warmFloor))
}

function cell(runs: readonly Figures[], key: keyof Figures, unit = 1): string {
  const value = median(runs.map((run) => run[key])) / unit
  return value.toFixed(value < 100 ? 1 : 0)
}
