import { execFile } from 'node:child_process'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import {
  build,
  freePort,
  type LabRegistry,
  push,
  runCli,
  runLabel,
  startRedis,
  startRegistry,
  startWorker,
  thisRun,
} from '@slipway/lab'
import { Redis } from 'ioredis'
import { stringify } from 'yaml'
import { median, say, table } from '../figures.ts'
import { withMachine } from '../with-machine.ts'
import { copyByDocker, readByDocker } from './old-way.ts'
import { shape, writeTree, writeVersion } from './source-tree.ts'

const execute = promisify(execFile)
const rounds = 3
const sourcePath = '/app'

interface Figures {
  readonly copy: number[]
  readonly total: number[]
}

/** The first and the second release of a site, against `docker create` + `docker cp` and against reading alone. */
export function benchRelease(): Promise<void> {
  return withMachine(async (folder, onClose) => {
    const redis = await startRedis({ say })
    onClose(redis.stop)
    const registry = await startRegistry({ say })
    onClose(registry.stop)
    say(`making a source of ${shape.folders * shape.filesEach} files, two versions with one file changed`)
    const images = await makeImages(folder, registry)
    const root = join(folder, 'site')
    const configFile = join(folder, 'slipway.yaml')
    await writeFile(configFile, stringify(await configuration(redis.url, folder, registry, root)))
    const worker = await startWorker({ configFile })
    onClose(() => worker.stop())
    const records = new Redis(redis.url)
    onClose(async () => records.disconnect())

    const oldWay: number[] = []
    const reading: number[] = []
    const first: Figures = { copy: [], total: [] }
    const second: Figures = { copy: [], total: [] }
    let firstBytes = 0
    let secondBytes = 0
    for (let round = 0; round < rounds; round += 1) {
      say(`round ${round + 1} of ${rounds}`)
      oldWay.push(await copyByDocker(images.v1, sourcePath, join(folder, 'old-way')))
      reading.push(await readByDocker(images.v1, sourcePath))
      await forget(root)
      await deploy(configFile, records, 'v1', first)
      firstBytes = await diskUse(root)
      await deploy(configFile, records, 'v2', second)
      secondBytes = (await diskUse(root)) - firstBytes
    }
    report({ oldWay, reading, first, second, firstBytes, secondBytes })
  })
}

async function makeImages(folder: string, registry: LabRegistry): Promise<{ v1: string; v2: string }> {
  const context = join(folder, 'context')
  await writeTree(join(context, 'app'))
  const dockerfile = join(context, 'Dockerfile')
  await writeFile(
    dockerfile,
    `FROM scratch\nCOPY app/vendor ${sourcePath}/vendor\nCOPY app/REVISION ${sourcePath}/REVISION\n`,
  )
  const make = async (version: string) => {
    await writeVersion(join(context, 'app'), version)
    const tag = `${registry.host}/bench/site:${version}`
    await build({ dockerfile, context, tag, labels: { [runLabel]: thisRun } })
    await push(tag)
    return tag
  }
  return { v1: await make('v1'), v2: await make('v2') }
}

async function deploy(configFile: string, records: Redis, tag: string, figures: Figures): Promise<void> {
  await execute('sync')
  const { code, stdout, stderr } = await runCli(['deploy', 'site', '--tag', tag, '--wait'], {
    configFile,
    timeoutMs: 300_000,
  })
  if (code !== 0) throw new Error(`the deploy of ${tag} failed:\n${stdout}${stderr}`)
  const [id = ''] = await records.zrevrange('slipway:{local}:deployments:site', 0, 0)
  const record = await records.hgetall(`slipway:{local}:deployment:${id}`)
  const timings: readonly { step: string; milliseconds: number }[] = JSON.parse(record.timings ?? '[]')
  figures.copy.push(timings.find(({ step }) => step === 'copy')?.milliseconds ?? Number.NaN)
  figures.total.push(timings.reduce((sum, { milliseconds }) => sum + milliseconds, 0))
}

/** A fresh target: nothing of the round before is left to be reused. */
async function forget(root: string): Promise<void> {
  await rm(root, { recursive: true, force: true })
  await mkdir(root, { recursive: true })
}

async function diskUse(path: string): Promise<number> {
  const { stdout } = await execute('du', ['--summarize', '--bytes', path])
  return Number(stdout.split('\t')[0])
}

async function configuration(
  redisUrl: string,
  folder: string,
  registry: LabRegistry,
  root: string,
): Promise<object> {
  return {
    redis: { url: redisUrl },
    state_dir: join(folder, 'state'),
    ingest: { public: { port: await freePort() }, ops: { port: await freePort() } },
    projects: {
      site: {
        image: `${registry.host}/bench/site`,
        tags: ['v1', 'v2'],
        source: { path: sourcePath, require: ['REVISION'] },
        release: { root },
      },
    },
  }
}

interface Report {
  readonly oldWay: readonly number[]
  readonly reading: readonly number[]
  readonly first: Figures
  readonly second: Figures
  readonly firstBytes: number
  readonly secondBytes: number
}

function report({ oldWay, reading, first, second, firstBytes, secondBytes }: Report): void {
  const floor = median(oldWay)
  const row = (name: string, values: readonly number[]) => {
    const value = median(values)
    return [
      name,
      (value / 1_000).toFixed(2),
      (value / floor).toFixed(2),
      (value / median(reading)).toFixed(2),
    ]
  }
  const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`
  say(
    `\n${table([
      [`median of ${rounds}`, 'seconds', 'of docker cp', 'of reading alone'],
      row('docker create + docker cp + sync', oldWay),
      row('reading the archive to nowhere', reading),
      row('first release, step copy', first.copy),
      row('first release, all steps', first.total),
      row('second release, step copy', second.copy),
      row('second release, all steps', second.total),
    ])}`,
  )
  say(
    `\ndisk: first release ${megabytes(firstBytes)}, second ${megabytes(secondBytes)} (${(secondBytes / firstBytes).toFixed(2)})`,
  )
}
