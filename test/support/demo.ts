import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
const patience = 280_000

export interface DemoResult {
  readonly code: number
  readonly output: string
}

export interface DemoOptions {
  /** Ends it as Ctrl-C does when this is seen in its output. */
  readonly interruptAt?: RegExp
}

/** Runs `npm run demo` as a new user would. */
export async function runDemo(
  args: readonly string[],
  { interruptAt }: DemoOptions = {},
): Promise<DemoResult> {
  const child = spawn('npm', ['run', 'demo', '--', ...args], { cwd: root, detached: true })
  let output = ''
  let isInterrupted = false
  const onData = (chunk: Buffer) => {
    output += chunk.toString()
    if (!interruptAt || isInterrupted || !interruptAt.test(output)) return
    isInterrupted = true
    // Ctrl-C goes to every process of the terminal.
    if (child.pid) process.kill(-child.pid, 'SIGINT')
  }
  child.stdout.on('data', onData)
  child.stderr.on('data', onData)
  const late = setTimeout(() => child.pid && process.kill(-child.pid, 'SIGTERM'), patience)
  const code = await new Promise<number>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (exit) => resolve(exit ?? 130))
  })
  clearTimeout(late)
  return { code, output }
}
