import { spawn } from 'node:child_process'
import { homedir } from 'node:os'
import type { Environment } from '../read-secrets.ts'

export interface CredentialCommand {
  /** Program and arguments; no shell reads them. */
  readonly command: readonly string[]
  /** Milliseconds after which it is killed, with all that it started. */
  readonly timeout: number
  /** Where `PATH` and `HOME` are taken from, and nothing else. */
  readonly environment: Environment
}

/** How a command ended: with its output, or why there is none. Never anything of what it printed. */
export type CommandEnd =
  | { readonly ok: true; readonly output: string }
  | { readonly ok: false; readonly why: string }

/** The most that is read of what it prints. */
export const largestOutput = 64 * 1024
const customPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/**
 * Runs a command that prints credentials. It gets no input, its complaints go nowhere (they may quote a secret), and
 * when it ends in any way, what it started ends too.
 */
export function runCredentialCommand(
  { command, timeout, environment }: CredentialCommand,
  signal: AbortSignal,
): Promise<CommandEnd> {
  const [program = '', ...args] = command
  const { promise, resolve } = Promise.withResolvers<CommandEnd>()
  const child = spawn(program, args, {
    cwd: '/',
    env: { PATH: environment.PATH ?? customPath, HOME: environment.HOME ?? homedir() },
    stdio: ['ignore', 'pipe', 'ignore'],
    // A group of its own, so that all of it can be killed.
    detached: true,
  })
  const chunks: Buffer[] = []
  let length = 0
  let isOver = false

  const end = (result: CommandEnd) => {
    // Its number may soon be another's.
    if (isOver) return
    isOver = true
    clearTimeout(late)
    signal.removeEventListener('abort', onAbort)
    killGroup(child.pid)
    child.stdout.destroy()
    resolve(result)
  }
  const fail = (why: string) => end({ ok: false, why })
  const onAbort = () => fail('was stopped')
  const late = setTimeout(() => fail(`did not end within ${timeout} ms`), timeout)
  signal.addEventListener('abort', onAbort, { once: true })
  if (signal.aborted) onAbort()

  child.stdout.on('data', (chunk: Buffer) => {
    chunks.push(chunk)
    length += chunk.length
    if (length > largestOutput) fail(`printed more than ${largestOutput} bytes`)
  })
  child.on('error', (error: NodeJS.ErrnoException) =>
    fail(`could not be started (${error.code ?? 'no reason'})`),
  )
  // What it left running would hold its output open, and `close` back.
  child.on('exit', () => killGroup(child.pid))
  child.on('close', (code, killedBy) => {
    if (code === 0) end({ ok: true, output: Buffer.concat(chunks).toString('utf8') })
    else fail(killedBy ? `was killed by ${killedBy}` : `ended with exit code ${code}`)
  })
  return promise
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // Nothing of it is left.
  }
}
