import { spawn } from 'node:child_process'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'

export interface CommandOptions {
  /** Written to the program's standard input, which is then closed. */
  readonly input?: string | Readable
  /** Milliseconds after which the program is killed. Default: two minutes. */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal | undefined
  readonly cwd?: string
  /** Called with each line of both outputs as it comes. */
  readonly onLine?: (line: string) => void
}

const defaultTimeoutMs = 120_000
const quotedCharacters = 2000

/**
 * Runs a program by its argument list, never through a shell; gives its standard output.
 * @throws Error with the end of what the program said, when it cannot be started, fails or takes too long
 */
export async function run(
  program: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<string> {
  const { input, timeoutMs = defaultTimeoutMs, signal, cwd, onLine } = options
  const deadline = AbortSignal.timeout(timeoutMs)
  const what = [program, args.find((arg) => !arg.startsWith('-'))].join(' ')
  const child = spawn(program, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    signal: signal ? AbortSignal.any([signal, deadline]) : deadline,
    killSignal: 'SIGKILL',
    ...(cwd ? { cwd } : {}),
  })
  if (onLine) for (const stream of [child.stdout, child.stderr]) eachLine(stream, onLine)
  const ended = new Promise<string>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, killedBy) => resolve(code === 0 ? '' : `ended with ${code ?? killedBy}`))
  })
  // A program that ends without reading its input is judged by its exit code.
  child.stdin.on('error', () => undefined)
  if (typeof input === 'object') input.pipe(child.stdin)
  else child.stdin.end(input ?? '')

  const [stdout, stderr, failure] = await Promise.all([text(child.stdout), text(child.stderr), ended]).catch(
    (cause: unknown) => {
      const why = deadline.aborted ? `took longer than ${timeoutMs} ms` : 'could not be run'
      throw new Error(`${what} ${why}`, { cause })
    },
  )
  if (failure) {
    throw new Error(`${what} ${failure}: ${(stderr || stdout).trim().slice(-quotedCharacters)}`)
  }
  return stdout
}

/** Calls back with each complete line of a stream. */
export function eachLine(stream: Readable, onLine: (line: string) => void): void {
  let rest = ''
  stream.setEncoding('utf8')
  stream.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) onLine(line)
  })
  stream.on('end', () => {
    if (rest) onLine(rest)
  })
}
