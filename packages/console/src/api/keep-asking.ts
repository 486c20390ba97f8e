/** Whether anybody sees the page. */
export interface Sight {
  isHidden(): boolean
  /** @returns what ends the listening */
  onChange(listener: () => void): () => void
}

export interface Asking {
  /** Asks once; rejects when the signal says so. @returns milliseconds until it is asked again, null for never */
  readonly ask: (signal: AbortSignal) => Promise<number | null>
  readonly sight: Sight
}

/** Of the time that passes, at most so much is spent asking: a server that is slow is not made slower. */
const share = 1 / 5

/**
 * Asks now and again, one question at a time, and only while somebody sees the page; what is due when it comes back
 * into sight is asked at once.
 * @returns what ends it
 */
export function keepAsking({ ask, sight }: Asking): () => void {
  const ended = new AbortController()
  let timer: ReturnType<typeof setTimeout> | undefined
  let isDue = true
  let isAsking = false

  async function askOnce(): Promise<void> {
    if (!isDue || isAsking || sight.isHidden() || ended.signal.aborted) return
    isAsking = true
    isDue = false
    const began = performance.now()
    const pause = await ask(ended.signal).catch(() => null)
    isAsking = false
    if (pause === null || ended.signal.aborted) return
    const took = performance.now() - began
    timer = setTimeout(become, Math.max(pause, took / share - took))
  }

  function become(): void {
    isDue = true
    void askOnce()
  }

  const forget = sight.onChange(() => void askOnce())
  void askOnce()
  return () => {
    ended.abort()
    clearTimeout(timer)
    forget()
  }
}
