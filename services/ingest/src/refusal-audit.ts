import type { Clock, RefusalReason } from '@slipway/core'
import type { RefusedCalls } from '@slipway/store'

/** One call that was refused. */
export type Refused = Omit<RefusedCalls, 'at' | 'count' | 'peer'> & {
  readonly reason: RefusalReason
  readonly peer: string
}

/** Tells the audit of refused calls. A flood of them costs a few lines a minute and a bounded piece of memory. */
export interface RefusalAudit {
  note(call: Refused): void
  /** Writes what is left, and writes nothing more. */
  close(): Promise<void>
}

export interface RefusalAuditOptions {
  /** Rejects when the lines are not written. */
  readonly write: (calls: readonly RefusedCalls[]) => Promise<void>
  readonly clock: Clock
  /** Told of calls that are not in the audit because they could not be written. */
  readonly onLost: (calls: number, cause: unknown) => void
  /** Milliseconds from the first call to its line when few are refused. Default: a second. */
  readonly pause?: number
  /** The same while more come all the time. Default: a minute. */
  readonly longestPause?: number
}

/** Callers that have a line of their own each time; what others do is told together, by hook and reason. */
const callersAtOnce = 50

export function createRefusalAudit({
  write,
  clock,
  onLost,
  pause = 1_000,
  longestPause = 60_000,
}: RefusalAuditOptions): RefusalAudit {
  let pending = new Map<string, RefusedCalls>()
  let callers = 0
  let timer: NodeJS.Timeout | null = null
  let writing: Promise<void> = Promise.resolve()
  let last = { at: Number.NEGATIVE_INFINITY, pause }
  let isClosed = false

  function flush(): Promise<void> {
    if (timer) clearTimeout(timer)
    timer = null
    const calls = [...pending.values()]
    pending = new Map()
    callers = 0
    if (calls.length === 0) return writing
    // One after the other: a Redis that is slow must not gather writes.
    writing = writing.then(async () => {
      try {
        await write(calls)
      } catch (cause) {
        onLost(
          calls.reduce((sum, { count }) => sum + count, 0),
          cause,
        )
      }
    })
    return writing
  }

  // As long as calls are refused all the time, each pause is twice as long as the one before.
  function nextPause(): number {
    const now = clock.now()
    const isQuiet = now - last.at > 2 * last.pause
    last = { at: now, pause: isQuiet ? pause : Math.min(2 * last.pause, longestPause) }
    return last.pause
  }

  function add({ hook, source, reason, status }: Refused, peer: string | null, key: string): void {
    pending.set(key, { at: clock.now(), hook, source, reason, peer, status, count: 1 })
  }

  return {
    note(call) {
      if (isClosed) return
      const alike = `${call.hook ?? ''} ${call.reason}`
      const own = `${alike} ${call.peer}`
      const key = pending.has(own) || callers < callersAtOnce ? own : alike
      const known = pending.get(key)
      if (known) pending.set(key, { ...known, count: known.count + 1 })
      else {
        add(call, key === own ? call.peer : null, key)
        if (key === own) callers += 1
      }
      timer ??= setTimeout(flush, nextPause()).unref()
    },
    async close() {
      isClosed = true
      await flush()
    },
  }
}
