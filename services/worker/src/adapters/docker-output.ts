import { PassThrough, type Readable } from 'node:stream'
import { finished } from 'node:stream/promises'
import type Docker from 'dockerode'
import { plain } from './docker-errors.ts'

/** Reads both outputs of a container line by line, from the first one, until it has ended. */
export async function followContainerOutput(
  container: Docker.Container,
  onLine: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const stream = (await container.logs({
    follow: true,
    stdout: true,
    stderr: true,
    abortSignal: signal,
  })) as Readable
  const output = lineSplitter(onLine)
  const errors = lineSplitter(onLine)
  container.modem.demuxStream(stream, output, errors)
  try {
    await finished(stream, { signal })
  } finally {
    stream.destroy()
    output.end()
    errors.end()
  }
}

function lineSplitter(onLine: (line: string) => void): PassThrough {
  const through = new PassThrough()
  const decoder = new TextDecoder()
  let rest = ''
  through.on('data', (chunk: Uint8Array) => {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) onLine(plain(line))
  })
  through.on('end', () => {
    if (rest) onLine(plain(rest))
  })
  return through
}
