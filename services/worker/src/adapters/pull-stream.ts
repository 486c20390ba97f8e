import type { Readable } from 'node:stream'
import { SlipwayError } from '@slipway/core'
import { isDiskFull, plain } from './docker-errors.ts'

export interface PullStreamOptions {
  /** Milliseconds without any progress after which it is given up. */
  readonly inactivity: number
  readonly onProgress: (line: string) => void
}

/**
 * Reads what the engine says during a pull. The HTTP answer is 200 whatever happens: an error stands in the stream as
 * one line among others, and the stream of an engine that dies just ends. So a pull is good only when the final status
 * was read and no line was an error.
 * @throws SlipwayError PULL_FAILED, PULL_STALLED, DISK_FULL, IMAGE_PLATFORM_UNSUITABLE
 */
export async function readPullStream(
  stream: Readable,
  { inactivity, onProgress }: PullStreamOptions,
): Promise<void> {
  const watch = watchActivity(stream, inactivity)
  let finished = false
  try {
    for await (const event of eventsOf(stream, watch.seen)) {
      if (event.error !== null) throw refusal(event.error)
      if (/^(?:Digest|Status): /.test(event.status)) {
        finished = true
        onProgress(event.status)
      }
    }
  } catch (cause) {
    if (cause instanceof SlipwayError) throw cause
    throw new SlipwayError('PULL_FAILED', 'The stream of the pull broke off.', { cause })
  } finally {
    watch.stop()
  }
  if (!finished) throw new SlipwayError('PULL_FAILED', 'The pull ended without a final status.')
}

/** The error of a pull that says nothing; `inactivity` in milliseconds. */
export function pullStalled(inactivity: number): SlipwayError {
  return new SlipwayError('PULL_STALLED', `The pull made no progress for ${inactivity} ms.`)
}

interface PullEvent {
  readonly status: string
  readonly error: string | null
}

// Events are JSON texts divided by line breaks; a chunk may end anywhere, also inside a character.
async function* eventsOf(stream: Readable, seen: () => void): AsyncGenerator<PullEvent> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of stream) {
    seen()
    const lines = (rest + decoder.decode(chunk as Uint8Array, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (line.trim()) yield parseEvent(line)
  }
  rest += decoder.decode()
  if (rest.trim()) yield parseEvent(rest)
}

function parseEvent(line: string): PullEvent {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch (cause) {
    throw new SlipwayError('PULL_FAILED', 'The engine sent a line that is not JSON during the pull.', {
      cause,
    })
  }
  const fields = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>
  const detail = fields.errorDetail
  const inner =
    typeof detail === 'object' && detail !== null && 'message' in detail ? detail.message : undefined
  const error = fields.error ?? inner ?? (detail === undefined ? null : 'unknown error')
  return {
    status: typeof fields.status === 'string' ? plain(fields.status) : '',
    error: error === null ? null : plain(String(error)),
  }
}

// The engine gives no codes in this stream, only its own words; these two change what the operator has to do.
function refusal(said: string): SlipwayError {
  if (isDiskFull(said)) {
    return new SlipwayError('DISK_FULL', `The disk of the Docker Engine is full: ${said}`)
  }
  if (/no matching manifest for|no match for platform/i.test(said)) {
    return new SlipwayError('IMAGE_PLATFORM_UNSUITABLE', `The image does not fit this host: ${said}`)
  }
  return new SlipwayError('PULL_FAILED', `The Docker Engine could not pull: ${said}`)
}

function watchActivity(stream: Readable, inactivity: number) {
  const timer = setTimeout(() => {
    stream.destroy(pullStalled(inactivity))
  }, inactivity)
  return { seen: () => void timer.refresh(), stop: () => clearTimeout(timer) }
}
