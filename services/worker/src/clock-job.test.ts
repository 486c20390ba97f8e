import { createRedactor, type RunAnswer, SlipwayError } from '@slipway/core'
import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import { calm } from '../test/failure.ts'
import { createManualTimer } from '../test/fakes/manual-timer.ts'
import { pruneRecord } from '../test/prunes.ts'
import { type ClockWork, clockJob } from './clock-job.ts'

const request = 'r0123456789abcdef'
const byPerson = { request, by: 'ada@desk', isDryRun: true }

function open(work: ClockWork, keep: () => Promise<void> = async () => {}) {
  const kept: { answer: RunAnswer; request: string | null }[] = []
  const alive: string[] = []
  const log: string[] = []
  const tools = {
    host: 'web1',
    ends: {
      async keep(answer: RunAnswer, name: string | null) {
        await keep()
        kept.push({ answer, request: name })
      },
    },
    pinger: { alive: (job: string) => void alive.push(job) },
    timer: createManualTimer(),
    redact: createRedactor(['a-password']),
    log: pino({}, { write: (line: string) => void log.push(line) }),
  }
  return { job: clockJob(tools, 'prune', work), kept, alive, log }
}

describe('a job by the clock', () => {
  it('keeps how it ended, and gives a sign of life', async () => {
    const { job, kept, alive } = open(async (_signal, asked) => {
      expect(asked).toEqual({ request: null, by: null, isDryRun: false })
      return undefined
    })

    await job(calm, {})

    expect(kept).toMatchObject([
      { request: null, answer: { name: 'prune', host: 'web1', outcome: 'done', by: null } },
    ])
    expect(alive).toEqual(['prune'])
  })

  it('that a person asked for is answered, and is no sign of life of the clock', async () => {
    const record = pruneRecord({ isDryRun: true })
    const { job, kept, alive } = open(async (_signal, asked) => {
      expect(asked).toEqual(byPerson)
      return { outcome: 'done', prune: record }
    })

    await job(calm, byPerson)

    expect(kept).toMatchObject([{ request, answer: { by: 'ada@desk', prune: record } }])
    expect(alive).toEqual([])
  })

  it('that fails says so without a secret, to the queue too, and is no sign of life', async () => {
    const { job, kept, alive } = open(async () => {
      throw new SlipwayError('ENGINE_UNAVAILABLE', 'The engine wants a-password.')
    })

    await expect(job(calm, {})).rejects.toThrow(/^The engine wants (?!a-password)/)

    expect(kept).toMatchObject([{ answer: { outcome: 'failed', errorCode: 'ENGINE_UNAVAILABLE' } }])
    expect(JSON.stringify(kept)).not.toContain('a-password')
    expect(alive).toEqual([])
  })

  it('that went to its end with problems is no sign of life, and no failure of the job', async () => {
    const { job, kept, alive } = open(async () => ({ outcome: 'problems', why: 'not as deployed: shop' }))

    await job(calm, {})

    expect(kept).toMatchObject([{ answer: { outcome: 'problems', why: 'not as deployed: shop' } }])
    expect(alive).toEqual([])
  })

  it('that was done is done, also when Redis does not take how it ended', async () => {
    const { job, alive, log } = open(
      async () => undefined,
      async () => Promise.reject(new Error('READONLY')),
    )

    await job(calm, {})

    expect(alive).toEqual(['prune'])
    expect(log.join('')).toContain('READONLY')
  })

  it.each([
    ['no data', undefined],
    ['a list', []],
    ['a project', { project: 'shop' }],
    ['a field too many', { ...byPerson, cause: 'disk' }],
    ['a request that would name another key', { ...byPerson, request: 'x:want:shop' }],
    ['nobody', { ...byPerson, by: '' }],
    ['somebody with a line break', { ...byPerson, by: 'ada\nroot' }],
    ['a text for whether it is a plan', { ...byPerson, isDryRun: 'false' }],
  ])('does nothing for data that nobody may have written: %s', async (_what, data) => {
    const { job, kept } = open(async () => {
      throw new Error('it was done')
    })

    await expect(job(calm, data)).rejects.toThrow('nobody who may ask for it')
    expect(kept).toEqual([])
  })
})
