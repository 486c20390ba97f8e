import { setTimeout as sleep } from 'node:timers/promises'
import type { NoticeKind, Redact } from '@slipway/core'
import { abortable } from '../abortable.ts'
import type { Notice, Notifier } from '../ports/notifier.ts'
import { reasonOfFetch } from './reason-of-fetch.ts'

/** Somebody to tell. */
export interface Receiver {
  /** How the configuration names it, for the log: the URL is a secret. */
  readonly name: string
  readonly url: string
  readonly events: readonly NoticeKind[]
}

export interface FetchNotifierOptions {
  readonly receivers: readonly Receiver[]
  readonly redact: Redact
  /** Told when a notice did not get through, in words without a secret. */
  readonly onLost: (receiver: string, notice: Notice, why: string) => void
  /** Milliseconds for one call. */
  readonly deadline?: number
  /** Milliseconds before each further try. */
  readonly pauses?: readonly number[]
}

const callDeadline = 10_000
const furtherTries = [2_000, 15_000]
/** A receiver that hangs must not make a worker keep notices without end. */
const mostWaiting = 100

/** POST of JSON by fetch, one notice after the other for each receiver. Redirects are not followed. */
export function createFetchNotifier(options: FetchNotifierOptions): Notifier {
  const { receivers, redact, onLost } = options
  const stop = new AbortController()
  const lines = receivers.map((receiver) => ({ receiver, waiting: 0, last: Promise.resolve() }))

  async function deliver(receiver: Receiver, notice: Notice): Promise<void> {
    const why = await post(receiver.url, redact(JSON.stringify(notice)), options, stop.signal)
    if (why !== null) onLost(receiver.name, notice, why)
  }

  return {
    tell(notice) {
      for (const line of lines) {
        if (!line.receiver.events.includes(notice.event)) continue
        if (line.waiting >= mostWaiting) {
          onLost(line.receiver.name, notice, 'too many notices wait for it')
          continue
        }
        line.waiting += 1
        line.last = line.last.then(async () => {
          await deliver(line.receiver, notice).catch(() => {})
          line.waiting -= 1
        })
      }
    },
    async close(grace) {
      const late = setTimeout(() => stop.abort(), grace)
      await Promise.all(lines.map(({ last }) => last))
      clearTimeout(late)
    },
  }
}

/** Null when it got through, else why not. */
async function post(
  url: string,
  body: string,
  { deadline = callDeadline, pauses = furtherTries }: FetchNotifierOptions,
  signal: AbortSignal,
): Promise<string | null> {
  for (let tried = 0; ; tried += 1) {
    const { why, isFinal } = await call(url, body, AbortSignal.any([signal, AbortSignal.timeout(deadline)]))
    const pause = pauses[tried]
    if (why === null || isFinal || pause === undefined) return why
    // Unreferenced: a notice does not keep a worker from ending.
    const isOver = await sleep(pause, false, { signal, ref: false }).catch(() => true)
    if (isOver) return why
  }
}

interface Answer {
  readonly why: string | null
  /** True when a further try would end the same way. */
  readonly isFinal: boolean
}

async function call(url: string, body: string, signal: AbortSignal): Promise<Answer> {
  try {
    const headers = { 'content-type': 'application/json', 'user-agent': 'slipway' }
    const answer = await fetch(url, { method: 'POST', redirect: 'manual', headers, body, signal })
    await abortable(answer.body?.cancel() ?? Promise.resolve(), signal)
    if (answer.ok) return { why: null, isFinal: true }
    const isPassing = answer.status >= 500 || answer.status === 429 || answer.status === 408
    return { why: `it answered ${answer.status}`, isFinal: !isPassing }
  } catch (error) {
    return { why: reasonOfFetch(error), isFinal: false }
  }
}
