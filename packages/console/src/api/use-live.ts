import { useEffect, useState } from 'preact/hooks'
import { ask, type Failure, type Question } from './ask.ts'
import { keepAsking, type Sight } from './keep-asking.ts'

/** What is known of an answer that is asked for again and again. */
export interface Live<T> {
  /** The newest; null until there is one. */
  readonly data: T | null
  /** When that was, by the clock of ingest. */
  readonly at: number
  /** Why the last question had no answer; null when it had one. */
  readonly failure: Failure | null
}

const usualPause = 5_000

const sight: Sight = {
  isHidden: () => document.hidden,
  onChange(listener) {
    document.addEventListener('visibilitychange', listener)
    return () => document.removeEventListener('visibilitychange', listener)
  },
}

/**
 * Asks while the page is seen, every five seconds or as often as `pauseAfter` says (milliseconds; null for never again).
 * What was known stays to be seen while a later question fails.
 */
export function useLive<T>(
  { url, read }: Question<T>,
  pauseAfter: (data: T) => number | null = () => usualPause,
): Live<T> {
  const [known, setKnown] = useState<Live<T> & { readonly url: string }>(nothingOf(url))
  useEffect(
    () =>
      keepAsking({
        sight,
        async ask(signal) {
          const found = await ask({ url, read }, signal)
          if (found.ok) setKnown({ url, data: found.data, at: found.at, failure: null })
          else setKnown((old) => ({ ...(old.url === url ? old : nothingOf(url)), failure: found.failure }))
          if (found.ok) return pauseAfter(found.data)
          return found.failure.kind === 'login' ? null : usualPause
        },
      }),
    [url],
  )
  // Right after the question has changed, what is known is of another one.
  return known.url === url ? known : nothingOf(url)
}

function nothingOf(url: string) {
  return { url, data: null, at: 0, failure: null }
}
