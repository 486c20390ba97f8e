import { PassThrough, Readable } from 'node:stream'
import { describe, expect, it, vi } from 'vitest'
import { failureOf } from '../../test/failure.ts'
import { digestOf } from '../../test/project.ts'
import { readPullStream } from './pull-stream.ts'

const patience = 10_000
const digest = `Digest: ${digestOf('a')}`
const good = [
  { status: 'Pulling from acme/shop', id: 'latest' },
  { status: 'Downloading', progressDetail: { current: 1, total: 2 }, id: 'aaaa' },
  { status: digest },
  { status: 'Status: Downloaded newer image for acme/shop' },
]

function read(chunks: readonly (string | Uint8Array)[], onProgress = (_line: string) => {}): Promise<void> {
  const stream = Readable.from(chunks.map((chunk) => Buffer.from(chunk)))
  return readPullStream(stream, { inactivity: patience, onProgress })
}

function textOf(events: readonly object[]): string {
  return events.map((event) => `${JSON.stringify(event)}\r\n`).join('')
}

describe('a pull that ended well', () => {
  it('tells the digest and the final status', async () => {
    const told: string[] = []

    await read([textOf(good)], (line) => told.push(line))

    expect(told).toEqual([digest, 'Status: Downloaded newer image for acme/shop'])
  })

  it.each([1, 2, 3, 7, 64])('is read from pieces of %i bytes, also inside a character', async (size) => {
    const bytes = Buffer.from(textOf([{ status: 'Ziehe „größeres“ 😀 Abbild' }, ...good]))
    const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
      bytes.subarray(index * size, (index + 1) * size),
    )

    await read(chunks)
  })

  it('may end without a line break', async () => {
    await read([textOf(good).trimEnd()])
  })

  it('may hold blank lines', async () => {
    await read([`\n\n${textOf(good)}\n`])
  })

  it('tells text of the engine without control characters', async () => {
    const told: string[] = []

    await read([textOf([{ status: 'Status: \u001b[31mred\u0000' }])], (line) => told.push(line))

    expect(told).toEqual([expect.stringMatching(/^Status: \P{Cc}*red$/u)])
  })
})

describe('a pull that failed', () => {
  it.each([
    [
      'an error line',
      [{ error: 'unexpected EOF', errorDetail: { message: 'unexpected EOF' } }],
      'PULL_FAILED',
    ],
    ['only a detail of an error', [{ errorDetail: { message: 'unexpected EOF' } }], 'PULL_FAILED'],
    ['a detail without words', [{ errorDetail: {} }], 'PULL_FAILED'],
    ['a null for a detail', [{ errorDetail: null }], 'PULL_FAILED'],
    ['an empty error', [{ error: '' }], 'PULL_FAILED'],
    ['an error line after a final status', [...good, { error: 'layer does not verify' }], 'PULL_FAILED'],
    ['an error line before a final status', [{ error: 'context canceled' }, ...good], 'PULL_FAILED'],
    ['no final status', [{ status: 'Pulling fs layer', id: 'aaaa' }], 'PULL_FAILED'],
    ['nothing at all', [], 'PULL_FAILED'],
    ['values that are no events', [[], 'text', 1], 'PULL_FAILED'],
    [
      'no space',
      [{ errorDetail: { message: 'write /var/lib/docker/x: no space left on device' } }],
      'DISK_FULL',
    ],
    ['no quota', [{ error: 'write /x: disk quota exceeded' }], 'DISK_FULL'],
    [
      'no manifest for the platform',
      [{ error: 'no matching manifest for linux/arm64 in the manifest list entries' }],
      'IMAGE_PLATFORM_UNSUITABLE',
    ],
  ])('is told by %s', async (_what, events, code) => {
    const error = await failureOf(read([textOf(events as object[])]))

    expect(error.code).toBe(code)
  })

  it('quotes the engine without control characters', async () => {
    const error = await failureOf(read([textOf([{ error: 'bad\u001b]0;title\u0007 thing' }])]))

    expect(error.message).not.toMatch(/\p{Cc}/u)
    expect(error.message).toContain('thing')
  })

  it.each([
    ['garbage', '<html>proxy error</html>\n'],
    ['a line that is cut', textOf(good).slice(0, 30)],
  ])('is told by %s', async (_what, text) => {
    expect((await failureOf(read([text]))).code).toBe('PULL_FAILED')
  })

  it('is told by a stream that breaks off, also after a final status', async () => {
    const stream = new PassThrough()
    stream.write(textOf(good))
    const reading = failureOf(readPullStream(stream, { inactivity: patience, onProgress: () => {} }))
    await vi.waitUntil(() => stream.readableLength === 0)

    stream.destroy(new Error('aborted'))

    const error = await reading
    expect(error.code).toBe('PULL_FAILED')
    expect(error.cause).toEqual(new Error('aborted'))
  })
})

describe('a pull that says nothing', () => {
  it('is given up, and its stream with it', async () => {
    const stream = new PassThrough()

    const error = await failureOf(readPullStream(stream, { inactivity: 20, onProgress: () => {} }))

    expect(error.code).toBe('PULL_STALLED')
    expect(stream.destroyed).toBe(true)
  })

  it('is given up also after it said something', async () => {
    const stream = new PassThrough()
    stream.write(textOf(good.slice(0, 2)))

    const error = await failureOf(readPullStream(stream, { inactivity: 20, onProgress: () => {} }))

    expect(error.code).toBe('PULL_STALLED')
  })

  it('is not given up while it goes on', async () => {
    const inactivity = 200
    const stream = new PassThrough()
    const reading = readPullStream(stream, { inactivity, onProgress: () => {} })
    const begun = performance.now()
    const ticking = setInterval(() => stream.write(textOf(good.slice(0, 2))), inactivity / 10)
    await vi.waitUntil(() => performance.now() - begun > inactivity * 2)

    clearInterval(ticking)
    stream.end(textOf(good))

    await reading
  })
})
