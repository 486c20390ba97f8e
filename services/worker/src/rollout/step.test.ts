import { setTimeout as pause } from 'node:timers/promises'
import { SlipwayError, type Step } from '@slipway/core'
import { describe, expect, it, vi } from 'vitest'
import { failureOf } from '../../test/failure.ts'
import { createManualTimer } from '../../test/fakes/manual-timer.ts'
import { createRecordingReporter } from '../../test/fakes/recording-reporter.ts'
import { createStepRunner, type Failpoint } from './step.ts'

const cancelled = new SlipwayError('CANCELLED', 'Cancelled by ada.')
const interrupted = new SlipwayError('INTERRUPTED', 'The run had to stop.')
const patience = { deadline: 60_000 }

function open(failpoint: Failpoint = () => {}) {
  const [stop, cancel, drain] = [new AbortController(), new AbortController(), new AbortController()]
  const report = createRecordingReporter()
  const timer = createManualTimer()
  const signals = { signal: stop.signal, cancel: cancel.signal, drain: drain.signal }
  const step = createStepRunner({ report, timer, failpoint, ...signals })
  return { step, report, timer, stop, cancel, drain }
}

/** Work that goes on until its signal fires. */
const endless = (signal: AbortSignal) => pause(60_000, undefined, { signal })

describe('a step', () => {
  it('tells its name, its end and how long it took, and gives what its work gives', async () => {
    const { step, report, timer, stop } = open()

    const result = await step('pull', patience, async () => {
      await timer.sleep(1_500, stop.signal)
      return 'an image'
    })

    expect(result).toBe('an image')
    expect(report.states).toEqual(['pull'])
    expect(report.lines).toEqual(['[pull] begins', '[pull] done after 1500 ms'])
    expect(report.timings).toEqual([{ step: 'pull', milliseconds: 1_500, ok: true }])
  })

  it('whose work fails tells so, and fails with the same', async () => {
    const { step, report } = open()
    const bad = new Error('out of luck')

    await expect(step('copy', patience, () => Promise.reject(bad))).rejects.toBe(bad)

    expect(report.lines.at(-1)).toMatch(/^\[copy\] failed/)
    expect(report.timings).toMatchObject([{ step: 'copy', ok: false }])
  })

  it('reaches a place before and one after its work, inside of its name', async () => {
    const places: string[] = []
    const { step } = open((place) => void places.push(place))

    await step('link', patience, async () => void places.push('work'))

    expect(places).toEqual(['before:link', 'work', 'after:link'])
  })
})

describe('a step that takes too long', () => {
  it('is ended, and may be tried again', async () => {
    const { step, report } = open()

    const error = await failureOf(step('pull', { deadline: 20 }, endless))

    expect(error).toMatchObject({ code: 'STEP_TIMEOUT', retryable: true })
    expect(error.message).toContain('pull took longer than 20 ms')
    expect(report.timings).toMatchObject([{ ok: false }])
  })

  it('is what its options say, so that a check that hangs is one that failed', async () => {
    const { step } = open()

    const error = await failureOf(step('check', { deadline: 20, lateCode: 'CHECK_FAILED' }, endless))

    expect(error.code).toBe('CHECK_FAILED')
  })

  it('is told to its work, which is waited for', async () => {
    const { step } = open()
    const tidied = vi.fn()

    const error = await failureOf(
      step('copy', { deadline: 20 }, (signal) => endless(signal).finally(() => pause(20).then(tidied))),
    )

    expect(error.code).toBe('STEP_TIMEOUT')
    expect(tidied).toHaveBeenCalled()
  })
})

describe('a run that a person takes back', () => {
  it.each<Step>(['resolve', 'pull', 'copy', 'link', 'migrate', 'switch', 'reload', 'check'])(
    'does not begin %s, and ends one that is under way',
    async (name) => {
      const { step, cancel, report } = open()
      const under = expect(step(name, patience, endless)).rejects.toBe(cancelled)

      cancel.abort(cancelled)

      await under
      const work = vi.fn(async () => {})
      await expect(step(name, patience, work)).rejects.toBe(cancelled)
      expect(work).not.toHaveBeenCalled()
      expect(report.states).toEqual([name])
    },
  )

  it('goes back all the same', async () => {
    const { step, cancel } = open()
    cancel.abort(cancelled)

    const back = await step('roll-back', patience, async (signal) => signal.aborted)

    expect(back).toBe(false)
  })

  it('ends as that, also when its deadline has passed or its work says something else', async () => {
    const { step, cancel } = open()

    const error = await failureOf(
      step('pull', { deadline: 5 }, async (signal) => {
        await endless(signal).catch(() => {})
        cancel.abort(cancelled)
        throw new Error('the engine hung up')
      }),
    )

    expect(error).toBe(cancelled)
  })
})

describe('a run that is to stop where it is', () => {
  it.each(['pull', 'migrate', 'check', 'roll-back'] as const)('ends %s and begins none', async (name) => {
    const { step, stop } = open()
    const under = expect(step(name, patience, endless)).rejects.toBe(interrupted)

    stop.abort(interrupted)

    await under
    await expect(step(name, patience, async () => {})).rejects.toBe(interrupted)
  })
})

describe('a run whose worker drains', () => {
  it.each<Step>(['resolve', 'pull', 'copy', 'link', 'migrate'])('does not begin %s', async (name) => {
    const { step, drain, report } = open()
    drain.abort(interrupted)

    await expect(step(name, patience, async () => {})).rejects.toBe(interrupted)

    expect(report.lines).toEqual([])
  })

  it.each(['switch', 'reload', 'check', 'roll-back'] as const)('goes on with %s', async (name) => {
    const { step, drain } = open()
    drain.abort(interrupted)

    expect(await step(name, patience, async () => 'done')).toBe('done')
  })

  it('lets the step that is under way come to its end', async () => {
    const { step, drain } = open()

    const result = await step('migrate', patience, async (signal) => {
      drain.abort(interrupted)
      return signal.aborted
    })

    expect(result).toBe(false)
  })
})
