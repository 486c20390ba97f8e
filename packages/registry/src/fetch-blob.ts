import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { authorized } from './authorize.ts'
import type { Call } from './call.ts'
import {
  followRedirects,
  type HttpAnswer,
  type HttpRequest,
  headersOf,
  refusalLimit,
  unreachable,
} from './exchange.ts'
import { readUpTo } from './read-up-to.ts'
import { refusal } from './refusal.ts'

/** An answer whose body is still on its way. */
interface OpenAnswer extends HttpAnswer {
  /** Null for what is no success: that is in `bytes`. */
  readonly body: BlobBody | null
}

interface BlobBody {
  readonly chunks: AsyncIterable<Uint8Array>
  readonly patience: Patience
}

/**
 * GET of a blob, wherever the registry keeps it. A blob may be larger than any deadline is long, so it is ended only
 * when nothing comes any more.
 */
export async function fetchBlob(call: Call, size: number): Promise<Readable> {
  const url = new URL(`/v2/${call.repository}/blobs/${call.reference}`, call.endpoint.url)
  const answer = await authorized(call, (authorization) => {
    const request: HttpRequest = { method: 'GET', url, accept: '*/*', authorization, limit: size }
    return followRedirects(call, request, (next) => open(call, next))
  })
  const { body } = answer
  if (answer.status === 200 && body) return Readable.from(verified(call, answer, body, size))
  body?.patience.giveUp()
  throw refusal(call, answer, 'registry')
}

async function open(call: Call, request: HttpRequest): Promise<OpenAnswer> {
  const { method, url } = request
  const patience = createPatience(call.transport.timeoutMs)
  try {
    const signal = call.signal ? AbortSignal.any([call.signal, patience.signal]) : patience.signal
    const headers = headersOf(call, request)
    const response = await fetch(url, { method, headers, redirect: 'manual', signal })
    const about = { method, status: response.status, headers: response.headers, url }
    if (response.ok && response.body)
      return { ...about, bytes: new Uint8Array(), cut: false, body: { chunks: response.body, patience } }
    const { bytes, cut } = await readUpTo(response, refusalLimit)
    patience.end()
    return { ...about, bytes, cut, body: null }
  } catch (cause) {
    patience.end()
    call.signal?.throwIfAborted()
    throw unreachable(call, url, patience.signal, cause)
  }
}

async function* verified(
  call: Call,
  { url }: HttpAnswer,
  { chunks, patience }: BlobBody,
  size: number,
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256')
  let length = 0
  try {
    patience.renew()
    for await (const chunk of chunks) {
      length += chunk.length
      if (length > size) throw otherLength(call, url, size)
      hash.update(chunk)
      // Whoever reads may take its time: only the registry is waited for.
      patience.rest()
      yield chunk
      patience.renew()
    }
  } catch (cause) {
    call.signal?.throwIfAborted()
    if (length > size) throw cause
    throw unreachable(call, url, patience.signal, cause)
  } finally {
    patience.giveUp()
  }
  if (length !== size) throw otherLength(call, url, size)
  const digest = `sha256:${hash.digest('hex')}`
  if (digest === call.reference) return
  throw call.fail('REGISTRY_PROTOCOL', `${url.host} sends ${digest} as ${call.what}.`)
}

function otherLength(call: Call, url: URL, size: number): Error {
  return call.fail('REGISTRY_PROTOCOL', `${url.host} does not send ${size} bytes as ${call.what}.`)
}

/** Waits for something that is to happen again and again. */
interface Patience {
  /** Fires when it did not happen in time. */
  readonly signal: AbortSignal
  renew(): void
  /** Nothing is waited for until it is renewed. */
  rest(): void
  end(): void
  /** Ends what listens to the signal too. */
  giveUp(): void
}

function createPatience(milliseconds: number): Patience {
  const stop = new AbortController()
  const late = () => stop.abort()
  let timer = setTimeout(late, milliseconds)
  const rest = () => clearTimeout(timer)
  return {
    signal: stop.signal,
    rest,
    end: rest,
    renew() {
      rest()
      timer = setTimeout(late, milliseconds)
    },
    giveUp() {
      rest()
      stop.abort()
    },
  }
}
