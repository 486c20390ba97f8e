import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A program of this service, running as its own process. */
export interface Program {
  readonly pid: number
  stdout(): string
  stderr(): string
  /** The exit code; null when a signal ended it. */
  readonly exited: Promise<number | null>
  signal(name: NodeJS.Signals): void
}

/** Runs a file of `src/` with these variables and nothing else of this environment but PATH. */
export function runProgram(
  file: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Program {
  const path = fileURLToPath(new URL(`../src/${file}`, import.meta.url))
  // The same Node as this one, without looking at the environment.
  const child = spawn(process.execPath, [path, ...args], {
    env: { ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString()
  })
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString()
  })
  return {
    pid: child.pid ?? 0,
    stdout: () => stdout,
    stderr: () => stderr,
    exited: once(child, 'close').then(([code]) => code),
    signal: (name) => void child.kill(name),
  }
}

/** A folder of a test's own. */
export interface Folder extends AsyncDisposable {
  readonly path: string
  write(name: string, content: string | Uint8Array): Promise<string>
}

export async function makeFolder(): Promise<Folder> {
  const path = await mkdtemp(join(tmpdir(), 'ingest-test-'))
  return {
    path,
    async write(name, content) {
      const file = join(path, name)
      await writeFile(file, content)
      return file
    },
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  }
}
