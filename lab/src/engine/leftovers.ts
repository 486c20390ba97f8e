import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { run } from '../command.ts'

/** Where an engine of our own keeps what it runs. */
export interface EnginePlaces {
  readonly execRoot: string
  readonly dataRoot: string
}

const tries = 30
const pauseMs = 100

/** All that an engine started: its containerd and shims, which name its folder, and what runs in its containers. */
export async function processesOf(places: EnginePlaces): Promise<number[]> {
  const helpers = await processesThat(async (pid) =>
    (await wordsOf(pid)).some((word) => word.startsWith(`${places.execRoot}/`)),
  )
  return [...helpers, ...(await containedIn(places))]
}

/** What runs in an engine's containers: its root lies below the engine's data. */
export function containedIn({ dataRoot }: EnginePlaces): Promise<number[]> {
  return processesThat(async (pid) => {
    const mounts = (await read(pid, 'mountinfo')).split('\n')
    return mounts.find((line) => line.split(' ')[4] === '/')?.includes(`${dataRoot}/`) === true
  })
}

/** The containerd that an engine started for itself; there is none where the machine has one for all. */
export function containerdOf({ execRoot }: EnginePlaces): Promise<number[]> {
  return processesThat(async (pid) => (await wordsOf(pid)).includes(`${execRoot}/containerd/containerd.toml`))
}

/** Kills processes until none is found any more; gives up after a few seconds, and what is left is told by name. */
export async function endProcesses(find: () => Promise<number[]>): Promise<void> {
  for (let attempt = 0; attempt < tries; attempt += 1) {
    const pids = await find()
    if (pids.length === 0) return
    for (const pid of pids) kill(pid)
    await delay(pauseMs)
  }
  throw new Error(`processes ${(await find()).join(', ')} do not end`)
}

/** Takes away what is mounted below a folder, and on it all but the oldest `kept` mounts. */
export async function unmountBelow(folder: string, kept: number): Promise<void> {
  const points = await mountPoints()
  const own = points.filter((point) => point === folder).slice(kept)
  const below = points.filter((point) => point.startsWith(`${folder}/`))
  // The last mounted may stand on an earlier one.
  for (const point of [...own, ...below].reverse()) await run('umount', ['--lazy', point])
}

/** How many mounts lie on a folder, one over the other. */
export async function countMounts(folder: string): Promise<number> {
  return (await mountPoints()).filter((point) => point === folder).length
}

async function mountPoints(): Promise<string[]> {
  const lines = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n')
  return lines.map((line) => line.split(' ')[4] ?? '')
}

async function processesThat(belong: (pid: number) => Promise<boolean>): Promise<number[]> {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
  const found = await Promise.all(ids.map(async (pid) => ((await belong(pid)) ? [pid] : [])))
  return found.flat()
}

async function wordsOf(pid: number): Promise<string[]> {
  return (await read(pid, 'cmdline')).split('\0')
}

function read(pid: number, name: string): Promise<string> {
  // Gone since the list was made.
  return readFile(`/proc/${pid}/${name}`, 'utf8').catch(() => '')
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // Gone in the meantime.
  }
}
