import type { Readable } from 'node:stream'
import type Docker from 'dockerode'
import { plain } from './docker-errors.ts'

export interface ExecResult {
  readonly exitCode: number
  readonly lastLine: string
}

/** Runs a command in a running container and waits for its end. Arguments, no shell. */
export async function followExec(
  container: Docker.Container,
  command: readonly string[],
  signal: AbortSignal,
): Promise<ExecResult> {
  const exec = await container.exec({
    Cmd: [...command],
    AttachStdout: true,
    AttachStderr: true,
    abortSignal: signal,
  })
  const stream = (await exec.start({ abortSignal: signal })) as Readable
  const onAbort = () => stream.destroy()
  signal.addEventListener('abort', onAbort, { once: true })
  let last = ''
  try {
    for await (const chunk of stream) last = plain(String(chunk)) || last
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
  signal.throwIfAborted()
  const { ExitCode: exitCode } = await exec.inspect({ abortSignal: signal })
  return { exitCode: exitCode ?? -1, lastLine: last }
}
