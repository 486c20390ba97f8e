import type { Readable } from 'node:stream'
import type Docker from 'dockerode'
import { readLines } from './docker-output.ts'

export interface ExecResult {
  readonly exitCode: number
  readonly lastLine: string
}

/** What is told of a command on its way. */
export interface ExecListener {
  readonly onBegun?: (exec: Docker.Exec) => void
  /** Each line of both outputs, plain and not endless. */
  readonly onLine?: (line: string) => void
}

/**
 * Runs a command in a running container and waits for its end. Arguments, no shell. When the signal fires only the
 * waiting ends: an engine has no way to end what it runs so.
 */
export async function followExec(
  container: Docker.Container,
  command: readonly string[],
  signal: AbortSignal,
  { onBegun, onLine }: ExecListener = {},
): Promise<ExecResult> {
  const exec = await container.exec({
    Cmd: [...command],
    AttachStdout: true,
    AttachStderr: true,
    abortSignal: signal,
  })
  onBegun?.(exec)
  const stream = (await exec.start({ abortSignal: signal })) as Readable
  let last = ''
  const tell = (line: string) => {
    last = line || last
    onLine?.(line)
  }
  try {
    await readLines(container, stream, tell, signal)
  } catch (error) {
    signal.throwIfAborted()
    throw error
  }
  const { ExitCode: exitCode } = await exec.inspect({ abortSignal: signal })
  return { exitCode: exitCode ?? -1, lastLine: last }
}
