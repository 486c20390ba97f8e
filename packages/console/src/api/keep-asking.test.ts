import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { keepAsking } from './keep-asking.ts'

let hidden: boolean
let listeners: Set<() => void>
const sight = {
  isHidden: () => hidden,
  onChange(listener: () => void) {
    listeners.add(listener)
    return () => void listeners.delete(listener)
  },
}

async function show(isSeen: boolean): Promise<void> {
  hidden = !isSeen
  for (const listener of listeners) listener()
  await vi.advanceTimersByTimeAsync(0)
}

beforeEach(() => {
  vi.useFakeTimers()
  hidden = false
  listeners = new Set()
})
afterEach(() => void vi.useRealTimers())

describe('asking again and again', () => {
  it('asks at once, and then after each pause', async () => {
    const ask = vi.fn(async () => 5_000)
    const stop = keepAsking({ ask, sight })

    expect(ask).toHaveBeenCalledTimes(1)
    await vi.advanceTimersByTimeAsync(4_999)
    expect(ask).toHaveBeenCalledTimes(1)
    await vi.advanceTimersByTimeAsync(5_001)
    expect(ask).toHaveBeenCalledTimes(3)
    stop()
  })

  it('asks nothing while nobody looks, and what is due at once when somebody does', async () => {
    const ask = vi.fn(async () => 5_000)
    const stop = keepAsking({ ask, sight })
    await vi.advanceTimersByTimeAsync(1_000)

    await show(false)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(ask).toHaveBeenCalledTimes(1)
    await show(true)
    expect(ask).toHaveBeenCalledTimes(2)

    await show(false)
    await show(true)
    expect(ask).toHaveBeenCalledTimes(2)
    stop()
  })

  it('asks one question at a time, and leaves a slow server four times as long alone as it took', async () => {
    const ask = vi.fn(async () => {
      await new Promise((resolve) => setTimeout(resolve, 3_000))
      return 5_000
    })
    const stop = keepAsking({ ask, sight })

    await vi.advanceTimersByTimeAsync(14_999)
    await show(true)
    expect(ask).toHaveBeenCalledTimes(1)
    await vi.advanceTimersByTimeAsync(1)
    expect(ask).toHaveBeenCalledTimes(2)
    stop()
  })

  it('ends when there is nothing more to ask', async () => {
    const ask = vi.fn(async () => null)
    const stop = keepAsking({ ask, sight })

    await vi.advanceTimersByTimeAsync(60_000)
    await show(true)
    expect(ask).toHaveBeenCalledTimes(1)
    stop()
  })

  it('ends when it is stopped, and gives up what is under way', async () => {
    const signals: AbortSignal[] = []
    const ask = vi.fn(async (signal: AbortSignal) => {
      signals.push(signal)
      return 5_000
    })
    const stop = keepAsking({ ask, sight })
    stop()

    await vi.advanceTimersByTimeAsync(60_000)
    expect([ask.mock.calls.length, signals[0]?.aborted, listeners.size]).toEqual([1, true, 0])
  })
})
