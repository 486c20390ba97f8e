import { execFile } from 'node:child_process'
import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type LabProcess, type Probe, processFigures, runLabel, thisRun } from '@slipway/lab'
import type { Redis } from 'ioredis'
import type { Figures } from './figures.ts'

const execute = promisify(execFile)

/** Where to look. */
export interface Places {
  readonly project: string
  readonly root: string
  /** Where the services have their temporary files, and nobody else. */
  readonly temporary: string
  readonly records: Redis
  readonly services: Readonly<Record<'worker' | 'ingest', Service>>
}

export interface Service {
  readonly process: LabProcess
  readonly probe: Probe
}

/** Counts everything once. Nothing may be under way. */
export async function lookAround(places: Places): Promise<Figures> {
  const { project, root, temporary, records, services } = places
  const [worker, ingest] = [await lookInto(services.worker), await lookInto(services.ingest)]
  const label = ['--filter', `label=${runLabel}=${thisRun}`]
  const containers = await lines('container', 'ls', '--all', '--quiet', ...label)
  const images = new Set(await lines('image', 'ls', '--quiet', '--no-trunc', ...label))
  const names = await lines('image', 'ls', '--quiet', `slipway.local/${project}`)
  const own = await below(join(root, '.slipway'))
  const entries = await readdir(root)
  const releases = await readdir(join(root, 'releases'))
  const memory = /^used_memory:(\d+)/m.exec(await records.info('memory'))?.[1]
  const unfinished = [...entries, ...releases].filter((name) => name.startsWith('.tmp-'))
  return {
    'worker: open files': worker.fds,
    'worker: threads': worker.threads,
    'worker: RSS, MB': worker.rss / 1e6,
    'worker: heap after gc, MB': worker.heap / 1e6,
    'ingest: open files': ingest.fds,
    'ingest: threads': ingest.threads,
    'ingest: RSS, MB': ingest.rss / 1e6,
    'ingest: heap after gc, MB': ingest.heap / 1e6,
    containers: containers.length,
    images: images.size,
    'names of images': names.length,
    'temporary files of services': (await readdir(temporary)).length,
    'unfinished in the release root': unfinished.length,
    releases: releases.length - releases.filter((name) => name.startsWith('.tmp-')).length,
    'entries in .slipway': own.entries,
    '.slipway, KB': own.bytes / 1e3,
    'jobs that wait or run': await pending(records),
    'jobs that failed': await records.zcard(`${queue}:failed`),
    'Redis: keys': await records.dbsize(),
    'Redis: memory, KB': Number(memory) / 1e3,
  }
}

const queue = 'slipway:{local}:deploy-local'

/** Jobs of the host that have not ended. */
export async function pending(records: Redis): Promise<number> {
  const lists = await Promise.all(
    ['wait', 'active', 'paused'].map((list) => records.llen(`${queue}:${list}`)),
  )
  const sets = await Promise.all(['delayed', 'prioritized'].map((set) => records.zcard(`${queue}:${set}`)))
  return [...lists, ...sets].reduce((sum, count) => sum + count, 0)
}

async function lookInto({ process, probe }: Service) {
  const { heap } = await probe.collect(process.pid)
  return { ...(await processFigures(process.pid)), heap }
}

async function lines(...args: string[]): Promise<string[]> {
  return (await execute('docker', args, { timeout: 60_000 })).stdout.split('\n').filter(Boolean)
}

async function below(folder: string): Promise<{ entries: number; bytes: number }> {
  const names = await readdir(folder, { recursive: true })
  const sizes = await Promise.all(names.map(async (name) => (await lstat(join(folder, name))).size))
  return { entries: names.length, bytes: sizes.reduce((sum, size) => sum + size, 0) }
}
