import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import {
  createProbe,
  idleProgram,
  type Layer,
  makeLayer,
  type Probe,
  processFigures,
  pull,
  startProcess,
} from '@slipway/lab'
import { type BenchOptions, createBars } from '../bars.ts'
import { say, table } from '../figures.ts'
import { type Host, openHost } from '../host.ts'
import {
  common,
  layersOf,
  noise,
  pushSource,
  sourcePath,
  squashed,
  tiny,
  treeLayer,
} from '../source-images.ts'
import { withMachine } from '../with-machine.ts'

const delayLimit = 50
const memoryLimit = 200
/** 2 GB: a few large files, and 20,000 of 20 KB. */
const heavy = { large: 4, largeBytes: 400e6, small: { files: 20_000, bytesEach: 20_000 } }
const light = { large: 2, largeBytes: 20e6, small: { files: 500, bytesEach: 20_000 } }

/** Whether the worker still hears while it copies, and how much memory it takes at most. */
export function benchHealth(options: BenchOptions): Promise<void> {
  return withMachine(async (folder, onClose) => {
    const bars = createBars(options)
    const { quick } = options
    const probe = createProbe(join(folder, 'worker.jsonl'))
    const idle = createProbe(join(folder, 'idle.jsonl'))
    const own = join(folder, 'host')
    await mkdir(own)
    const projects = { copied: {}, heavy: {} }
    const host = await openHost({ folder: own, onClose, projects, env: probe.env })
    const [program = '', ...args] = idleProgram
    const nothing = await startProcess({ name: 'idle', program, args, env: idle.env })
    onClose(() => nothing.stop())

    await measureDelays(host, { worker: probe, idle }, quick, bars)
    await measureMemory(host, probe, quick, bars)
    bars.report()
  })
}

interface Probes {
  readonly worker: Probe
  /** A process that does nothing: what it sees is the machine's own doing. */
  readonly idle: Probe
}

async function measureDelays(
  host: Host,
  probes: Probes,
  quick: boolean,
  bars: ReturnType<typeof createBars>,
): Promise<void> {
  const shape = quick ? tiny : common
  const rounds = quick ? 1 : 3
  say(`making a source of ${shape.files} files`)
  const tree = await treeLayer(shape)
  const push = pushSource.bind(null, host.registry.host, 'bench/copied')
  for (const version of ['1', '2']) {
    await push(`squashed-${version}`, [await squashed(shape, version)])
    await push(`layered-${version}`, await layersOf(tree, version))
  }
  const copies = [
    ['first release', 'squashed-1', true],
    ['second release by the archive', 'squashed-2', false],
    ['first release of a layered image', 'layered-1', true],
    ['second release by layers', 'layered-2', false],
  ] as const
  // The engine unpacks them now, and not while somebody listens to the event loop.
  for (const [, tag] of copies) await pull(`${host.registry.host}/bench/copied:${tag}`)
  const seen = new Map<string, { worker: number[]; idle: number[] }>()
  for (let round = 1; round <= rounds; round += 1) {
    say(`round ${round} of ${rounds}`)
    for (const [name, tag, isFresh] of copies) {
      if (isFresh) await host.forget('copied')
      const from = Date.now()
      await host.deploy('copied', tag)
      const delays = seen.get(name) ?? { worker: [], idle: [] }
      delays.worker.push(await longest(probes.worker, from))
      delays.idle.push(await longest(probes.idle, from))
      seen.set(name, delays)
    }
  }
  const cells = (values: readonly number[]) => values.map((value) => value.toFixed(1)).join(', ')
  const rows = [...seen].map(([name, { worker, idle }]) => [name, cells(worker), cells(idle)])
  say(
    `\n${table([['longest delay of an event loop, ms, of each round', 'worker', 'a process that does nothing'], ...rows])}`,
  )
  for (const [name, { worker }] of seen) {
    bars.atMost(`longest delay, ${name}, worst of ${rounds}`, Math.max(...worker), delayLimit, ' ms')
  }
}

async function longest(probe: Probe, from: number): Promise<number> {
  const delays = (await probe.samples()).filter(({ at }) => at >= from).map(({ delay }) => delay)
  // The most of nothing would be a good figure.
  return delays.length === 0 ? Number.NaN : Math.max(...delays)
}

async function measureMemory(
  host: Host,
  probe: Probe,
  quick: boolean,
  bars: ReturnType<typeof createBars>,
): Promise<void> {
  const { large, largeBytes, small } = quick ? light : heavy
  const bytes = large * largeBytes + small.files * small.bytesEach
  say(`\nmaking an image of ${(bytes / 1e9).toFixed(2)} GB`)
  const layers: Layer[] = [await treeLayer(small)]
  for (let file = 1; file <= large; file += 1) {
    const name = `${sourcePath.slice(1)}/media/video-${file}.mp4`
    layers.push(await makeLayer([{ header: { name, mode: 0o644 }, content: noise(name, largeBytes) }], 0))
  }
  const push = pushSource.bind(null, host.registry.host, 'bench/heavy')
  const tags = ['1', '2'] as const
  for (const tag of tags) await push(tag, [...layers, ...(await layersOf(layers[0] as Layer, tag)).slice(1)])
  layers.length = 0
  const worker = await host.freshWorker()
  const rows: string[][] = []
  for (const tag of tags) {
    const from = Date.now()
    const { steps } = await host.deploy('heavy', tag)
    const { rss, peakRss } = await processFigures(worker.pid)
    const cells = [peakRss, rss].map((value) => (value / 1e6).toFixed(0))
    rows.push([
      `release ${tag}`,
      ...cells,
      ((steps.copy ?? 0) / 1_000).toFixed(1),
      (await longest(probe, from)).toFixed(1),
    ])
  }
  say(`\n${table([['', 'peak RSS so far, MB', 'RSS after, MB', 'copy, s', 'longest delay, ms'], ...rows])}`)
  const { peakRss } = await processFigures(worker.pid)
  bars.atMost(`peak RSS of the worker, ${(bytes / 1e9).toFixed(2)} GB`, peakRss / 1e6, memoryLimit, ' MB')
}
