import { readdir, readFile } from 'node:fs/promises'

/** What the kernel says about a process of this machine. */
export interface ProcessFigures {
  readonly fds: number
  readonly threads: number
  /** Bytes now. */
  readonly rss: number
  /** The most bytes that it ever had. */
  readonly peakRss: number
}

/** @throws Error when there is no such process (any more) */
export async function processFigures(pid: number): Promise<ProcessFigures> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  const field = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1])
  const fds = await readdir(`/proc/${pid}/fd`)
  return {
    fds: fds.length,
    threads: field('Threads'),
    rss: field('VmRSS') * 1024,
    peakRss: field('VmHWM') * 1024,
  }
}
