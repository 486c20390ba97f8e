import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunningSlipway extends AsyncDisposable {
  readonly ended: Promise<Ended>
  stdout(): string
  stderr(): string
  /** Closes our end of its standard output. */
  stopReading(): void
  kill(signal: NodeJS.Signals): void
}

type Env = Readonly<Record<string, string>>

/** Runs `slipway` with these arguments to its end. */
export async function slipway(args: readonly string[], env: Env = {}): Promise<Ended> {
  return startSlipway(args, env).ended
}

/** Starts `slipway` with nothing in its environment but PATH and what is given. */
export function startSlipway(args: readonly string[], env: Env = {}): RunningSlipway {
  const PATH = `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`
  const child = spawn(process.execPath, [main, ...args], {
    env: { PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const stdout = collect(child.stdout)
  const stderr = collect(child.stderr)
  const ended = once(child, 'close').then(([code]) => ({ code, stdout: stdout(), stderr: stderr() }))
  return {
    ended,
    stdout,
    stderr,
    stopReading: () => void child.stdout.destroy(),
    kill: (signal) => void child.kill(signal),
    [Symbol.asyncDispose]: end,
  }

  async function end(): Promise<void> {
    child.kill('SIGTERM')
    await ended
  }
}

function collect(stream: NonNullable<ChildProcess['stdout']>): () => string {
  let text = ''
  stream.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
  })
  return () => text
}
