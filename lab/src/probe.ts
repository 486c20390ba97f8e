import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { poll } from './poll.ts'

/** What a probed process wrote down of itself; ten a second. */
export interface ProbeSample {
  /** Milliseconds since 1970. */
  readonly at: number
  /** The longest delay of its event loop since the sample before, in milliseconds. */
  readonly delay: number
  /** Bytes. */
  readonly rss: number
  /** Bytes in use. */
  readonly heap: number
  /** Its garbage was collected right before. */
  readonly collected: boolean
}

/** Looks into a Node process from the inside, without a line of it changed. */
export interface Probe {
  /** What the process has to be started with. */
  readonly env: Readonly<Record<string, string>>
  /** All samples so far, oldest first. */
  samples(): Promise<ProbeSample[]>
  /** Has the process collect its garbage, and gives what is left; `pid` is a process that was started with `env`. */
  collect(pid: number): Promise<ProbeSample>
}

/** The samples go to `file`, one JSON a line. */
export function createProbe(file: string): Probe {
  const preload = new URL('probe/preload.ts', import.meta.url)
  preload.searchParams.set('file', file)
  async function samples(): Promise<ProbeSample[]> {
    const text = await readFile(file, 'utf8').catch(() => '')
    // The last line may still be on its way.
    const lines = text.slice(0, text.lastIndexOf('\n') + 1).split('\n')
    return lines.filter(Boolean).map((line): ProbeSample => JSON.parse(line))
  }
  return {
    env: { NODE_OPTIONS: `--import=${preload.href}` },
    samples,
    async collect(pid) {
      const before = (await samples()).filter(({ collected }) => collected).length
      process.kill(pid, 'SIGUSR2')
      const find = async () => (await samples()).filter(({ collected }) => collected)[before]
      return poll(find, { what: `process ${pid} to collect its garbage`, everyMs: 20 })
    },
  }
}

/** Starts nothing but a probed process that does nothing: what the machine itself does to an event loop. */
export const idleProgram: readonly string[] = [
  process.execPath,
  fileURLToPath(new URL('probe/idle.ts', import.meta.url)),
]
