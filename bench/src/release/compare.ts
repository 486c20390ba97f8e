import { join } from 'node:path'
import { pull } from '@slipway/lab'
import { median, say, table } from '../figures.ts'
import type { Host } from '../host.ts'
import { common, layersOf, pushSource, sourcePath, squashed, tiny, treeLayer } from '../source-images.ts'
import { diskUse } from './disk-use.ts'
import { copyByDocker, linkByLoop, readByApi, readByCommand } from './floors.ts'
import type { Part } from './part.ts'

const project = 'compared'
/** What the host has to have for it. */
export const comparedProjects = { [project]: {} }

/** Milliseconds of each round, in the order in which each round takes them. */
interface Times {
  readonly docker: number[]
  readonly api: number[]
  readonly command: number[]
  readonly first: number[]
  readonly archive: number[]
  readonly links: number[]
  readonly firstLayered: number[]
  readonly layers: number[]
  readonly total: { readonly first: number[]; readonly archive: number[]; readonly layers: number[] }
}

/** Bytes on the disk after the first and after the second release. */
interface Disk {
  readonly releases: readonly [number, number]
  readonly own: readonly [number, number]
}

/** The first and the second release, by the archive and by layers, in turns with their floors. */
export async function compareReleases({ folder, host, bars, quick }: Part): Promise<void> {
  const shape = quick ? tiny : common
  const rounds = quick ? 1 : 5
  say(
    `making a source of ${shape.files} files of ${shape.bytesEach} bytes, two versions with one file changed`,
  )
  await pushVersions(host, shape)
  const times: Times = {
    ...{ docker: [], api: [], command: [], first: [], archive: [], links: [], firstLayered: [], layers: [] },
    total: { first: [], archive: [], layers: [] },
  }
  const image = `${host.registry.host}/bench/${project}:squashed-1`
  const target = join(folder, 'target')
  let disks: { readonly archive: Disk; readonly layers: Disk } | undefined
  // Pulling is another step: the images are on the engine before anything is timed.
  for (const version of ['squashed-1', 'squashed-2', 'layered-1', 'layered-2']) {
    await pull(`${host.registry.host}/bench/${project}:${version}`)
  }
  for (let round = 1; round <= rounds; round += 1) {
    say(`round ${round} of ${rounds}`)
    times.docker.push(await copyByDocker(image, sourcePath, target))
    times.api.push(await readByApi(image, sourcePath, target))
    times.command.push(await readByCommand(image, sourcePath, target))
    const byArchive = await releasePair(host, 'squashed', times.first, times.archive, times.total)
    times.links.push(await linkByLoop(join(host.rootOf(project), 'current/'), target))
    await host.forget(project)
    const byLayers = await releasePair(host, 'layered', times.firstLayered, times.layers, {
      first: [],
      archive: times.total.layers,
    })
    await host.forget(project)
    disks = { archive: byArchive, layers: byLayers }
  }
  const middle = report(times, rounds)
  const { reading, docker, links } = middle
  bars.atMost('first release, of docker cp', middle.first / docker, 1.1)
  bars.atMost('first release of a layered image, of docker cp', middle.firstLayered / docker, 1.1)
  bars.atMost('second release by the archive, of reading alone', middle.archive / reading, 1.3)
  bars.atMost('second release by layers, of hard links', middle.layers / links, 2)
  bars.atMost('second release by layers, of docker cp', middle.layers / docker, 0.1)
  for (const [name, disk] of Object.entries(disks ?? {})) {
    const [first, second] = disk.releases
    sayDisk(name, disk)
    bars.atMost(
      `disk of a second release by ${name}, of the first`,
      ((second - first) / first) * 100,
      2,
      ' %',
    )
  }
}

async function pushVersions({ registry }: Host, shape: typeof common): Promise<void> {
  const tree = await treeLayer(shape)
  const push = pushSource.bind(null, registry.host, `bench/${project}`)
  for (const version of ['1', '2']) {
    await push(`squashed-${version}`, [await squashed(shape, version)])
    await push(`layered-${version}`, await layersOf(tree, version))
  }
}

async function releasePair(
  host: Host,
  kind: 'squashed' | 'layered',
  first: number[],
  second: number[],
  total: { readonly first: number[]; readonly archive: number[] },
): Promise<Disk> {
  const root = host.rootOf(project)
  const use = async () =>
    [await diskUse(join(root, 'releases')), await diskUse(join(root, '.slipway'))] as const
  const one = await host.deploy(project, `${kind}-1`)
  first.push(one.steps.copy ?? Number.NaN)
  total.first.push(one.total)
  const [releases1, own1] = await use()
  const two = await host.deploy(project, `${kind}-2`)
  second.push(two.steps.copy ?? Number.NaN)
  total.archive.push(two.total)
  const [releases2, own2] = await use()
  return { releases: [releases1, releases2], own: [own1, own2] }
}

function report(times: Times, rounds: number) {
  const docker = median(times.docker)
  const reading = Math.min(median(times.api), median(times.command))
  const links = median(times.links)
  const row = (name: string, values: readonly number[]) => {
    const value = median(values)
    const of = [docker, reading, links].map((floor) => (value / floor).toFixed(2))
    const spread = `${seconds(Math.min(...values))} - ${seconds(Math.max(...values))}`
    return [name, seconds(value), spread, ...of]
  }
  say(
    `\n${table([
      [`median of ${rounds}`, 'seconds', 'from - to', 'of (a)', 'of (b)', 'of (c)'],
      row('(a) docker create + cp + rm + sync', times.docker),
      row('(b) archive to nowhere, engine API', times.api),
      row('(b) archive to nowhere, docker cp -', times.command),
      row('(c) hard links in a plain loop + sync', times.links),
      row('first release, step copy', times.first),
      row('first release of a layered image, step copy', times.firstLayered),
      row('second release by the archive, step copy', times.archive),
      row('second release by layers, step copy', times.layers),
      row('first release, all steps', times.total.first),
      row('second release by the archive, all steps', times.total.archive),
      row('second release by layers, all steps', times.total.layers),
    ])}`,
  )
  say('The step ends with a sync of the file system, and each floor does too; the better (b) is the floor.')
  const [first, firstLayered] = [median(times.first), median(times.firstLayered)]
  return {
    docker,
    reading,
    links,
    first,
    firstLayered,
    archive: median(times.archive),
    layers: median(times.layers),
  }
}

function sayDisk(name: string, { releases, own }: Disk): void {
  const [first, second] = releases
  const [ownFirst, ownSecond] = own
  say(
    `disk by ${name}: first release ${megabytes(first)}, second ${megabytes(second - first)} more; ` +
      `slipway's own records ${megabytes(ownFirst)}, then ${megabytes(ownSecond - ownFirst)} more`,
  )
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(2)} MB`
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1_000).toFixed(2)
}
