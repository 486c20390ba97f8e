/** Lets one after the other through, in the order in which they came. */
export interface Lane {
  /**
   * Does the work when its turn has come.
   * @throws what the work throws, or the reason of the signal when it is aborted before its turn
   */
  through<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T>
  readonly isBusy: boolean
}

export function createLane(): Lane {
  let isBusy = false
  const waiting = new Set<() => void>()

  function leave(): void {
    const [next] = waiting
    if (next) next()
    else isBusy = false
  }

  function turn(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    if (!isBusy) {
      isBusy = true
      return Promise.resolve()
    }
    return new Promise((resolve, reject) => {
      const go = () => {
        waiting.delete(go)
        signal.removeEventListener('abort', giveUp)
        resolve()
      }
      const giveUp = () => {
        waiting.delete(go)
        reject(signal.reason)
      }
      signal.addEventListener('abort', giveUp, { once: true })
      waiting.add(go)
    })
  }

  return {
    async through(work, signal) {
      await turn(signal)
      try {
        return await work()
      } finally {
        leave()
      }
    },
    get isBusy() {
      return isBusy
    },
  }
}
