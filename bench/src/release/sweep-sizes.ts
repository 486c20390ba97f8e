import { join } from 'node:path'
import type { BenchOptions } from '../bars.ts'
import { median, say, table } from '../figures.ts'
import { layersOf, pushSource, treeLayer } from '../source-images.ts'
import { linkByLoop } from './floors.ts'
import type { Part } from './part.ts'

/** Small files: a second release by layers is a matter of their number. */
const bytesEach = 1_000
const sizes = [1_000, 10_000, 100_000] as const
const quickSizes = [50, 100, 200] as const

/** What the host has to have for it. */
export function sweptProjects(options: BenchOptions): Readonly<Record<string, object>> {
  return Object.fromEntries(amountsOf(options).map((files) => [nameOf(files), {}]))
}

/** A second release by layers of ever more files, each time with the plain loop of hard links beside it. */
export async function sweepSizes({ folder, host, bars, quick }: Part): Promise<void> {
  const rounds = quick ? 1 : 5
  const amounts = amountsOf({ quick })
  say(`making sources of ${amounts.join(', ')} files of ${bytesEach} bytes, ${rounds + 1} versions of each`)
  for (const files of amounts) {
    const tree = await treeLayer({ files, bytesEach })
    for (let version = 0; version <= rounds; version += 1) {
      const layers = await layersOf(tree, String(version))
      await pushSource(host.registry.host, `bench/${nameOf(files)}`, String(version), layers)
    }
    await host.deploy(nameOf(files), '0')
  }
  const ours = new Map<number, number[]>(amounts.map((files) => [files, []]))
  const floor = new Map<number, number[]>(amounts.map((files) => [files, []]))
  for (let round = 1; round <= rounds; round += 1) {
    say(`round ${round} of ${rounds}`)
    for (const files of amounts) {
      const live = join(host.rootOf(nameOf(files)), 'current/')
      floor.get(files)?.push(await linkByLoop(live, join(folder, 'target')))
      const { steps } = await host.deploy(nameOf(files), String(round))
      ours.get(files)?.push(steps.copy ?? Number.NaN)
    }
  }
  const points = amounts.map((files) => ({
    files,
    ours: median(ours.get(files) ?? []),
    floor: median(floor.get(files) ?? []),
  }))
  const [small, middle, large] = points
  if (!small || !middle || !large) throw new Error('a sweep takes three sizes')
  const early = slopes(small, middle)
  const late = slopes(middle, large)
  say(
    `\n${table([
      [`second release by layers, median of ${rounds}`, 'ms', '(c) hard links, ms', 'ratio'],
      ...points.map((point) => [
        `${point.files} files`,
        point.ours.toFixed(0),
        point.floor.toFixed(0),
        (point.ours / point.floor).toFixed(2),
      ]),
      ...[early, late].map((slope, index) => [
        `ms per 1,000 files, ${amounts[index]} to ${amounts[index + 1]}`,
        slope.ours.toFixed(1),
        slope.floor.toFixed(1),
        (slope.ours / slope.floor).toFixed(2),
      ]),
    ])}`,
  )
  const growth = late.ours / early.ours / (late.floor / early.floor)
  bars.atMost('growth of the slope, of that of hard links', growth, 1.5)
}

interface Point {
  readonly files: number
  readonly ours: number
  readonly floor: number
}

/** Milliseconds for each further thousand of files. */
function slopes(from: Point, to: Point): Pick<Point, 'ours' | 'floor'> {
  const thousands = (to.files - from.files) / 1_000
  return { ours: (to.ours - from.ours) / thousands, floor: (to.floor - from.floor) / thousands }
}

function amountsOf({ quick }: BenchOptions): readonly number[] {
  return quick ? quickSizes : sizes
}

function nameOf(files: number): string {
  return `of-${files}`
}
