import { currentTarget, releaseName, SlipwayError, steps } from '@slipway/core'
import { describe, expect, it } from 'vitest'
import { failureOf } from '../../test/failure.ts'
import { releaseOf, wantOf } from '../../test/project.ts'
import { check, earlier, migrate, openRig, remembered, services, wanted } from '../../test/rig.ts'
import { deploy } from './deploy.ts'

const full = { services, check, migrate }
const made = releaseName(2_000, wanted, 'rand')

describe('a deploy', () => {
  it('walks the steps in their order', async () => {
    const rig = await openRig({ project: full })

    const end = await deploy(rig.run)

    expect(end).toEqual({ outcome: 'live', release: made, resolvedDigest: wanted })
    expect(rig.begun()).toEqual([...steps])
    expect(rig.report.states.filter((state, index, all) => state !== all[index - 1])).toEqual([...steps])
    expect(rig.report.timings.map(({ step, ok }) => [step, ok])).toEqual(steps.map((step) => [step, true]))
  })

  it('leaves the release live, remembered, and no note of the switch', async () => {
    const rig = await openRig({ project: full, live: earlier })

    await deploy(rig.run)

    expect(await rig.releases.current()).toBe(currentTarget({ name: made }))
    expect(await remembered(rig)).toEqual({ live: made, good: made, seq: 2_000 })
    expect(rig.releases.records.get(made)).toMatchObject({ status: 'live', deployment: 'd-want' })
    expect(await rig.releases.intent()).toBeNull()
    expect(rig.services.told).toEqual(['shop-php-fpm: USR2', 'shop-nginx: HUP'])
  })

  it('keeps its image under a name of the project', async () => {
    const rig = await openRig()

    await deploy(rig.run)

    expect(rig.engine.kept).toEqual([`shop:2000 ${wanted}`])
  })

  it('leaves no container for the source behind', async () => {
    const rig = await openRig()

    await deploy(rig.run)

    expect(rig.engine.openSources.size).toBe(0)
  })

  it('changes nothing that visitors see before the switch', async () => {
    const seen: (string | null)[] = []
    const rig = await openRig({
      project: full,
      live: earlier,
      failpoint: (place) => {
        if (place === 'before:switch') seen.push(...rig.releases.switches, ...rig.services.told)
      },
    })

    await deploy(rig.run)

    expect(seen).toEqual([])
    expect(rig.releases.switches).toEqual([currentTarget({ name: made })])
  })

  it.each(['resolve', 'pull', 'copy', 'link', 'migrate', 'switch'] as const)(
    'throws what goes wrong at %s, and the live release stays',
    async (place) => {
      const failure = new SlipwayError('ENGINE_UNAVAILABLE', 'away')
      const rig = await openRig({
        project: full,
        live: earlier,
        failpoint: (reached) => {
          if (reached === `before:${place}`) throw failure
        },
      })

      await expect(deploy(rig.run)).rejects.toBe(failure)

      expect(await rig.releases.current()).toBe(currentTarget(earlier))
      expect(rig.services.told).toEqual([])
      expect(rig.begun().at(-1)).toBe(place)
      expect(rig.report.timings.at(-1)).toMatchObject({ step: place, ok: false })
    },
  )
})

describe('what is live already', () => {
  it('is not deployed again', async () => {
    const live = releaseOf(1_000, 'a', { status: 'live' })
    const rig = await openRig({ project: full, live })

    const end = await deploy(rig.run)

    expect(end).toEqual({ outcome: 'already-live', release: live.name, resolvedDigest: wanted })
    expect(rig.begun()).toEqual(['resolve'])
    expect(rig.releases.switches).toEqual([])
  })

  it('is remembered with the newer seq', async () => {
    const live = releaseOf(1_000, 'a', { status: 'live' })
    const rig = await openRig({ live })

    await deploy(rig.run)

    expect(await remembered(rig)).toEqual({ live: live.name, good: live.name, seq: 2_000 })
  })

  it('is found by a nudge that comes twice', async () => {
    const rig = await openRig()
    const first = await deploy(rig.run)

    const second = await deploy(rig.again())

    expect(second).toEqual(first)
    expect(rig.registry.asked).toHaveLength(1)
    expect(rig.releases.switches).toHaveLength(1)
  })

  it('is not undone by a want that Redis forgot and remembered', async () => {
    const live = releaseOf(2_500, 'e', { status: 'live', deployment: 'd-live' })
    const rig = await openRig({ live })

    const end = await deploy(rig.run)

    expect(end).toMatchObject({ outcome: 'superseded', supersededBy: 'd-live' })
    expect(rig.registry.asked).toEqual([])
    expect(rig.releases.switches).toEqual([])
  })

  it('is deployed anew when current was pointed elsewhere', async () => {
    const live = releaseOf(1_000, 'a', { status: 'live' })
    const rig = await openRig({ live })
    await rig.releases.restore('releases/by-hand')

    expect((await deploy(rig.run)).outcome).toBe('live')
    expect(await rig.releases.current()).toBe(currentTarget({ name: made }))
  })

  it('is deployed anew when its folder is gone', async () => {
    const live = releaseOf(1_000, 'a', { status: 'live' })
    const rig = await openRig({ live })
    rig.releases.folders.delete(live.name)

    expect((await deploy(rig.run)).outcome).toBe('live')
  })

  it('is deployed anew when it never passed its check', async () => {
    const rig = await openRig({ project: { check, rollback: 'never' }, answers: [500, 500, 200] })
    const first = await deploy(rig.run)

    const second = await deploy(rig.again({ want: { seq: 3_000, deployment: 'd-again' } }))

    expect(first.outcome).toBe('live-with-warnings')
    expect(second.outcome).toBe('live')
    expect(await remembered(rig)).toMatchObject({ live: releaseName(3_000, wanted, 'rand'), seq: 3_000 })
  })
})

describe('a newer push', () => {
  const newest = wantOf({ seq: 3_000, deployment: 'd-newest' })

  it('ends the walk before the pull', async () => {
    const rig = await openRig({ newer: async () => newest })

    const end = await deploy(rig.run)

    expect(end).toMatchObject({ outcome: 'superseded', supersededBy: 'd-newest' })
    expect(rig.begun()).toEqual(['resolve'])
    expect(rig.engine.pulled.size).toBe(0)
  })

  it('ends the walk before the migration', async () => {
    let looks = 0
    const newer = async () => {
      looks += 1
      return looks === 2 ? newest : null
    }
    const rig = await openRig({ project: full, live: earlier, newer })

    const end = await deploy(rig.run)

    expect(end).toMatchObject({ outcome: 'superseded', supersededBy: 'd-newest' })
    expect(rig.begun()).toEqual(['resolve', 'pull', 'copy', 'link'])
    expect(rig.engine.ran).toEqual([])
    expect(await rig.releases.current()).toBe(currentTarget(earlier))
  })

  it('is waited for when it comes after the migration, because the code has to fit the database', async () => {
    let isThere = false
    const rig = await openRig({
      project: full,
      newer: async () => (isThere ? newest : null),
      failpoint: (place) => {
        if (place === 'before:migrate') isThere = true
      },
    })

    expect((await deploy(rig.run)).outcome).toBe('live')
  })
})

describe('a semver range', () => {
  const tags = ['^1.0', 'latest']

  it('does not go from a version to a lower one', async () => {
    const live = releaseOf(1_000, 'e', { status: 'live', tag: '1.4.0', deployment: 'd-high' })
    const rig = await openRig({ project: { tags }, live, want: { tag: '1.3.9' } })

    const end = await deploy(rig.run)

    expect(end).toMatchObject({ outcome: 'superseded', supersededBy: 'd-high' })
    expect(rig.begun()).toEqual([])
  })

  it.each([
    ['a higher version', '1.10.0', '1.9.0'],
    ['the same version', '1.4.0', '1.4.0'],
    ['a tag that is no version', 'latest', '1.4.0'],
    ['a version behind a tag that is none', '1.3.9', 'latest'],
  ])('goes to %s', async (_what, tag, before) => {
    const live = releaseOf(1_000, 'e', { status: 'live', tag: before })
    const rig = await openRig({ project: { tags }, live, want: { tag } })
    rig.registry.tags.set(tag, wanted)

    expect((await deploy(rig.run)).outcome).toBe('live')
  })
})

describe('a run that lost its right', () => {
  it('does not switch, may be tried again, and goes on from what was done', async () => {
    const fenced = new SlipwayError('FENCED', 'lost')
    const rig = await openRig({ project: full, live: earlier, fence: () => Promise.reject(fenced) })

    const error = await failureOf(deploy(rig.run))
    const switched = [...rig.releases.switches]
    const end = await deploy(rig.again())

    expect(error).toBe(fenced)
    expect(error.retryable).toBe(true)
    expect(switched).toEqual([])
    expect(await rig.releases.intent()).toBeNull()
    expect(end.outcome).toBe('live')
    expect(rig.engine.ran).toHaveLength(1)
    expect(rig.report.lines.join('\n')).toContain('an earlier run completed the migration')
  })
})

describe('a run that is asked to stop', () => {
  it.each(['pull', 'copy', 'link', 'migrate', 'switch'] as const)('stops before %s', async (place) => {
    const reason = new SlipwayError('INTERRUPTED', 'stop')
    const rig = await openRig({
      project: full,
      live: earlier,
      failpoint: (reached) => {
        if (reached === `before:${place}`) rig.stop.abort(reason)
      },
    })

    await expect(deploy(rig.run)).rejects.toBe(reason)

    expect(rig.begun().at(-1)).toBe(place)
  })

  it.each(['reload', 'check'] as const)(
    'after the switch, before %s, leaves the note and does not go back',
    async (place) => {
      const reason = new SlipwayError('INTERRUPTED', 'stop')
      const rig = await openRig({
        project: full,
        live: earlier,
        failpoint: (reached) => {
          if (reached === `before:${place}`) rig.stop.abort(reason)
        },
      })

      await expect(deploy(rig.run)).rejects.toBe(reason)

      expect(await rig.releases.current()).toBe(currentTarget({ name: made }))
      expect(await rig.releases.intent()).toMatchObject({ to: { name: made }, failure: null })
      expect(await remembered(rig)).toMatchObject({ live: earlier.name, good: earlier.name })
    },
  )

  it('while it is checked does not call the release bad, also when it would not go back', async () => {
    const reason = new SlipwayError('INTERRUPTED', 'stop')
    const rig = await openRig({
      project: { ...full, rollback: 'never' },
      live: earlier,
      failpoint: (reached) => {
        if (reached === 'before:check') rig.stop.abort(reason)
      },
    })

    await expect(deploy(rig.run)).rejects.toBe(reason)

    expect(rig.releases.records.get(made)?.status).toBe('copied')
    expect(await rig.releases.intent()).toMatchObject({ to: { name: made }, failure: null })
  })
})

describe('a step that takes too long', () => {
  it('is ended, and may be tried again', async () => {
    const rig = await openRig({ project: { timeouts: { pull: '20ms' } } })
    const run = {
      ...rig.run,
      engine: {
        ...rig.engine,
        pull: ({ signal }: { signal: AbortSignal }) =>
          new Promise<void>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
      },
    }

    const error = await failureOf(deploy(run))

    expect(error.code).toBe('STEP_TIMEOUT')
    expect(error.retryable).toBe(true)
    expect(error.message).toContain('pull')
  })
})
