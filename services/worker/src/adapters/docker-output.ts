import { PassThrough, Readable } from 'node:stream'
import { finished } from 'node:stream/promises'
import type Docker from 'dockerode'
import { plain } from './docker-errors.ts'

const longestRest = 65_536
const both = { stdout: true, stderr: true } as const

/**
 * Reads both outputs of a container line by line, from the first one, until it has ended. An engine may end the stream
 * of a container that ends before its last lines, and those say what went wrong: so what is written down by then is
 * read once more, and what is new in it is told.
 */
export async function followContainerOutput(
  container: Docker.Container,
  onLine: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const told: Told = { output: 0, errors: 0 }
  const stream = await container.logs({ ...both, follow: true, abortSignal: signal })
  await readLines(
    container,
    stream as Readable,
    (line, from) => {
      told[from] += 1
      onLine(line)
    },
    signal,
  )
  await container.wait({ abortSignal: signal })
  const seen: Told = { output: 0, errors: 0 }
  const whole = await container.logs({ ...both, follow: false, abortSignal: signal })
  await readLines(
    container,
    Readable.from([whole]),
    (line, from) => {
      seen[from] += 1
      if (seen[from] > told[from]) onLine(line)
    },
    signal,
  )
}

type Told = Record<'output' | 'errors', number>

/** Reads both outputs of a stream that the engine made of them, line by line. */
export async function readLines(
  container: Docker.Container,
  stream: Readable,
  onLine: (line: string, from: keyof Told) => void,
  signal: AbortSignal,
): Promise<void> {
  const output = lineSplitter((line) => onLine(line, 'output'))
  const errors = lineSplitter((line) => onLine(line, 'errors'))
  container.modem.demuxStream(stream, output, errors)
  try {
    await finished(stream, { signal })
  } finally {
    stream.destroy()
    output.end()
    errors.end()
  }
  // What was read may still be on its way through these, a last line without a line break above all.
  await Promise.all([finished(output), finished(errors)])
}

function lineSplitter(onLine: (line: string) => void): PassThrough {
  const through = new PassThrough()
  const decoder = new TextDecoder()
  let rest = ''
  through.on('data', (chunk: Uint8Array) => {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) onLine(plain(line))
    // Whoever prints without line breaks must not fill our memory; the log keeps the head of a line only.
    rest = rest.slice(0, longestRest)
  })
  through.on('end', () => {
    if (rest) onLine(plain(rest))
  })
  return through
}
