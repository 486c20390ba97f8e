import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import { calm } from '../test/failure.ts'
import { createRecordingNotifier } from '../test/fakes/recording-notifier.ts'
import { pruneRecord } from '../test/prunes.ts'
import type { PruneHost, PruneRequest } from './prune/prune-host.ts'
import { createPruning } from './pruning.ts'

const request: PruneRequest = { cause: 'schedule', by: null, isDryRun: false }

function open(prune: PruneHost, notify: 'problems' | 'always' = 'problems') {
  const kept: unknown[] = []
  const notifier = createRecordingNotifier(['prune'])
  const store = { keep: async (record: unknown) => void kept.push(record) }
  const log = pino({ level: 'silent' })
  const pruning = createPruning({ prune, store, notifier, policy: { notify }, log })
  return { pruning, kept, told: notifier.told }
}

describe('a prune', () => {
  it.each([
    ['done', 'problems', 0],
    ['done', 'always', 1],
    ['problems', 'problems', 1],
    ['failed', 'problems', 1],
  ] as const)(
    'that ended %s is kept, and with `notify: %s` told %i times',
    async (outcome, notify, times) => {
      const record = pruneRecord({ outcome })
      const { pruning, kept, told } = open(async () => record, notify)

      expect(await pruning.run(request, calm)).toBe(record)

      expect(kept).toEqual([record])
      expect(told).toHaveLength(times)
    },
  )

  it('that was only planned is neither kept nor told', async () => {
    const { pruning, kept, told } = open(
      async () => pruneRecord({ isDryRun: true, outcome: 'problems' }),
      'always',
    )

    await pruning.run({ ...request, isDryRun: true }, calm)

    expect([kept, told]).toEqual([[], []])
  })

  it('that the stop of its worker ended is kept, and is no matter for a person', async () => {
    const { pruning, kept, told } = open(async () =>
      pruneRecord({ outcome: 'failed', errorCode: 'INTERRUPTED' }),
    )

    await pruning.run(request, calm)

    expect([kept.length, told.length]).toEqual([1, 0])
  })

  it('comes after the one that is under way', async () => {
    const goOn = Promise.withResolvers<void>()
    const begun: PruneRequest[] = []
    const { pruning } = open(async (asked) => {
      begun.push(asked)
      await goOn.promise
      return pruneRecord()
    })
    expect(pruning.isUnderWay).toBe(false)

    const both = [pruning.run(request, calm), pruning.run({ ...request, cause: 'disk' }, calm)]

    expect(pruning.isUnderWay).toBe(true)
    await Promise.resolve()
    expect(begun).toHaveLength(1)
    goOn.resolve()
    await Promise.all(both)
    expect(begun.map(({ cause }) => cause)).toEqual(['schedule', 'disk'])
    expect(pruning.isUnderWay).toBe(false)
  })

  it('counts for what it did, also when Redis does not take the record', async () => {
    const prune: PruneHost = async () => pruneRecord()
    const store = { keep: async () => Promise.reject(new Error('MISCONF')) }
    const notifier = createRecordingNotifier(['prune'])
    const log = pino({ level: 'silent' })
    const pruning = createPruning({ prune, store, notifier, policy: { notify: 'always' }, log })

    expect(await pruning.run(request, calm)).toMatchObject({ outcome: 'done' })
    expect(notifier.told).toHaveLength(1)
  })
})
