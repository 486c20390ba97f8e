import { type ChildProcess, spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { eachLine } from './command.ts'
import { findProgram } from './machine/programs.ts'
import { poll } from './poll.ts'

export interface ProcessOptions {
  readonly name: string
  readonly program: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** Says of a line of output that the program is ready now; without it, starting is enough. */
  readonly isReady?: (line: string) => boolean
  readonly readyTimeoutMs?: number | undefined
  /** It is expected to end, or to be stopped by a signal, perhaps before it is ready: then that is waited for too. */
  readonly isDoomed?: boolean | undefined
  readonly signal?: AbortSignal | undefined
}

export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** A program that runs beside the lab. */
export interface LabProcess {
  readonly name: string
  readonly pid: number
  /** Every line of both outputs so far, in the order in which they came. */
  lines(): readonly string[]
  stdout(): string
  stderr(): string
  kill(signal: NodeJS.Signals): void
  /** SIGTERM, then SIGKILL when it has not ended within the limit (15 seconds). */
  stop(limitMs?: number): Promise<Exit>
  readonly exited: Promise<Exit>
}

const defaultReadyTimeoutMs = 30_000
const stopLimitMs = 15_000
const quotedLines = 20
const lastWordsMs = 500

/**
 * Starts a program and waits until it is ready.
 * @throws Error with its last lines when it ends or says nothing before the deadline
 */
export async function startProcess(options: ProcessOptions): Promise<LabProcess> {
  const { name, isReady, readyTimeoutMs = defaultReadyTimeoutMs, isDoomed = false, signal } = options
  const child = await spawnChild(options)
  const { running, output, state } = follow(name, child, isReady)
  if (!isReady) return running
  try {
    await poll(() => state.ready || state.ended || (isDoomed && isStopped(running.pid)), {
      what: `${name} to be ready`,
      timeoutMs: readyTimeoutMs,
      everyMs: 20,
      signal,
    })
    if (!state.ready && !isDoomed) throw new Error(`${name} ended before it was ready`)
    return running
  } catch (cause) {
    await running.stop()
    signal?.throwIfAborted()
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new Error(`${why}:\n${output.slice(-quotedLines).join('\n')}`, {
      cause: cause instanceof Error ? cause.cause : cause,
    })
  }
}

/** Under `setpriv` the child gets a SIGTERM when the lab is killed, so that none is left behind. */
async function spawnChild({ program, args, env }: ProcessOptions): Promise<ChildProcess> {
  const setpriv = await findProgram('setpriv')
  const [first, rest] = setpriv ? [setpriv, ['--pdeathsig', 'TERM', program, ...args]] : [program, args]
  // Detached: Ctrl-C in the terminal goes to the lab alone, which stops its parts in order.
  return spawn(first, rest, { env, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
}

function follow(name: string, child: ChildProcess, isReady: (line: string) => boolean = () => false) {
  const output: string[] = []
  const texts = { stdout: [] as string[], stderr: [] as string[] }
  const state = { ready: false, ended: false }
  for (const stream of ['stdout', 'stderr'] as const) {
    const source = child[stream]
    if (source) {
      eachLine(source, (line) => {
        output.push(line)
        texts[stream].push(line)
        state.ready ||= isReady(line)
      })
    }
  }
  const exited = new Promise<Exit>((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal }))
    // A grandchild that outlives it keeps the outputs open; the program itself has ended all the same.
    child.once('exit', (code, signal) => setTimeout(resolve, lastWordsMs, { code, signal }))
    child.once('error', (cause) => {
      output.push(`${name} cannot be started: ${cause.message}`)
      resolve({ code: 127, signal: null })
    })
  })
  void exited.then(() => {
    state.ended = true
  })
  const kill = (signal: NodeJS.Signals) => void child.kill(signal)
  const running: LabProcess = {
    name,
    pid: child.pid ?? 0,
    lines: () => output,
    stdout: () => joined(texts.stdout),
    stderr: () => joined(texts.stderr),
    kill,
    exited,
    stop: async (limitMs = stopLimitMs) => {
      kill('SIGTERM')
      const limit = setTimeout(() => kill('SIGKILL'), limitMs)
      const exit = await exited
      clearTimeout(limit)
      return exit
    },
  }
  return { running, output, state }
}

async function isStopped(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  // The name of the program stands in brackets and may hold spaces.
  return stat.slice(stat.lastIndexOf(')') + 2).startsWith('T')
}

function joined(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('')
}
