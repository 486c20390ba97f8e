import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'

/** The process that owns what carries a run's label. */
export interface RunOwner {
  readonly host: string
  readonly pid: number
  /** When the process started, in ticks since boot; 0 where the system does not tell. */
  readonly startedAt: number
}

/** Everything that the lab makes carries this label; its value is a run id. */
export const runLabel = 'slipway.lab'

/** Everything that the lab keeps between runs, so that the next one starts quickly, carries this one. */
export const cacheLabel = 'slipway.lab.cache'

/** The id of this process's run. */
export const thisRun = formatRunId(
  { host: hostname(), pid: process.pid, startedAt: startOf(process.pid) ?? 0 },
  randomBytes(3).toString('hex'),
)

export function formatRunId({ host, pid, startedAt }: RunOwner, random: string): string {
  return [host.replaceAll('/', '-'), pid, startedAt, random].join('/')
}

/** Whose run it was; undefined for a text that is no run id. */
export function parseRunId(id: string): RunOwner | undefined {
  const match = /^([^/]+)\/(\d+)\/(\d+)\/[0-9a-f]+$/.exec(id)
  if (!match) return undefined
  return { host: match[1] ?? '', pid: Number(match[2]), startedAt: Number(match[3]) }
}

/** True when the run's process lived on this host and is gone: only then may what it left be removed. */
export function isLeftBehind(id: string, here = hostname(), start = startOf): boolean {
  const owner = parseRunId(id)
  if (!owner || owner.host !== here.replaceAll('/', '-')) return false
  const startedAt = start(owner.pid)
  return startedAt === undefined || startedAt !== owner.startedAt
}

function startOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name of the program stands in brackets and may hold spaces; the start is the 20th field after it.
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19])
  } catch {
    return isAlive(pid) ? 0 : undefined
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
