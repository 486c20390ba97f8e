import { createRedactor } from '@slipway/core'
import { describe, expect, it } from 'vitest'
import { createReporter } from './reporter.ts'

/** A store that remembers, and takes its time when it is told to. */
function createStore() {
  const log: string[] = []
  const jobLog: string[] = []
  const states: [string, object | undefined][] = []
  const told: string[] = []
  let wait: Promise<void> = Promise.resolve()
  const reporter = createReporter({
    deployment: 'd-1',
    store: {
      async progress(_id, state, facts) {
        await wait
        states.push([state, facts])
      },
      async appendLog(_id, lines) {
        await wait
        log.push(...lines)
      },
    },
    jobLog: async (text) => jobLog.push(text),
    onLine: (text) => told.push(text),
    onEvent: () => {},
    redact: createRedactor(['hunter2-hunter2']),
  })
  const slow = (until: Promise<void>) => {
    wait = until
  }
  return { reporter, log, jobLog, states, told, slow }
}

describe('a reporter', () => {
  it('writes lines in their order, to the log and to the job', async () => {
    const { reporter, log, jobLog } = createStore()

    for (const line of ['one', 'two', 'three']) reporter.line(line)
    await reporter.flush()

    expect(log).toEqual(['one', 'two', 'three'])
    expect(jobLog.join('\n')).toBe('one\ntwo\nthree')
  })

  it('does not wait for Redis, and writes what gathered meanwhile at once', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const { reporter, log, jobLog, slow } = createStore()
    slow(promise)

    for (const line of ['one', 'two', 'three']) reporter.line(line)
    const before = [...log]
    resolve()
    await reporter.flush()

    expect(before).toEqual([])
    expect(log).toEqual(['one', 'two', 'three'])
    expect(jobLog).toEqual(['one', 'two\nthree'])
  })

  it('writes the last of the states that came while Redis was slow, with all their facts', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const { reporter, states, slow } = createStore()
    slow(promise)

    reporter.line('begins')
    reporter.state('resolve', { resolvedDigest: 'sha256:a' })
    reporter.state('copy', { release: 'r' })
    resolve()
    await reporter.flush()

    expect(states.at(-1)).toEqual(['copy', { resolvedDigest: 'sha256:a', release: 'r', timings: [] }])
  })

  it('redacts what it tells, everywhere', async () => {
    const { reporter, log, jobLog, told } = createStore()

    reporter.line('password: hunter2-hunter2')
    await reporter.flush()

    expect([...log, ...jobLog, ...told].join('\n')).not.toContain('hunter2')
  })

  it('goes on when Redis refuses a write, and says so', async () => {
    const { reporter, log, told, slow } = createStore()
    slow(Promise.reject(new Error('READONLY')))
    reporter.line('lost')
    await reporter.flush()
    slow(Promise.resolve())

    reporter.line('kept')
    await reporter.flush()

    expect(log).toEqual(['kept'])
    expect(told.join('\n')).toContain('could not be written')
  })

  // A write that has just ended leaves a few microtasks in which it still counts as under way.
  it.each(Array.from({ length: 12 }, (_, index) => index))(
    'loses no line that comes %i microtasks behind a write',
    async (microtasks) => {
      const { reporter, log } = createStore()
      reporter.line('first')
      for (let count = 0; count < microtasks; count += 1) await Promise.resolve()

      reporter.line('last')
      await reporter.flush()

      expect(log).toEqual(['first', 'last'])
    },
  )
})
