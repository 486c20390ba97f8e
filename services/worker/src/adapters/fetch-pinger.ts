import type { ScheduleName } from '@slipway/core'
import { abortable } from '../abortable.ts'
import type { Pinger } from '../ports/pinger.ts'
import { reasonOfFetch } from './reason-of-fetch.ts'

export interface FetchPingerOptions {
  /** A URL is a secret: whoever knows it can make a dead schedule look alive. */
  readonly pings: readonly { readonly job: ScheduleName; readonly url: string }[]
  /** Told when a signal did not get through, in words without the URL. */
  readonly onLost: (job: ScheduleName, why: string) => void
  /** Milliseconds for one call. */
  readonly deadline?: number
}

const callDeadline = 10_000

/** GET by fetch, once: the next run is the next try. Redirects are not followed. */
export function createFetchPinger({ pings, onLost, deadline = callDeadline }: FetchPingerOptions): Pinger {
  const urls = new Map(pings.map(({ job, url }) => [job, url]))
  const stop = new AbortController()
  const underWay = new Set<Promise<void>>()

  async function call(job: ScheduleName, url: string): Promise<void> {
    const signal = AbortSignal.any([stop.signal, AbortSignal.timeout(deadline)])
    try {
      const answer = await fetch(url, { redirect: 'manual', headers: { 'user-agent': 'slipway' }, signal })
      await abortable(answer.body?.cancel() ?? Promise.resolve(), signal)
      if (!answer.ok) onLost(job, `it answered ${answer.status}`)
    } catch (error) {
      onLost(job, reasonOfFetch(error))
    }
  }

  return {
    alive(job) {
      const url = urls.get(job)
      if (url === undefined) return
      const calling = call(job, url).finally(() => underWay.delete(calling))
      underWay.add(calling)
    },
    async close(grace) {
      const late = setTimeout(() => stop.abort(), grace)
      await Promise.all(underWay)
      clearTimeout(late)
    },
  }
}
