import type { DeploymentState } from '@slipway/core'
import type { Surveyed } from '@slipway/store'
import { describe, expect, it } from 'vitest'
import { releaseOf } from '../../test/project.ts'
import { diagnose, type HostFacts } from './diagnose.ts'

const live = releaseOf(1_000, 'a', { status: 'live', tag: 'v1' })
const same = 'the-mark'
const known: HostFacts = { state: { live, seq: 1_000 }, hasIntent: false, epoch: same }
const untouched: HostFacts = { state: { live: null, seq: 0 }, hasIntent: false, epoch: null }
const emptied: HostFacts = { ...known, epoch: 'an-earlier-mark' }
const neverMarked: HostFacts = { ...known, epoch: null }
const rollout = { id: 'r-1', home: 'web1' }

function want(state: DeploymentState | null, seq = 1_000) {
  return { seq, deployment: 'd-1', state, rollout: null }
}

type Row = [string, Surveyed['want'], HostFacts]

const well = { isLost: false, nudge: null, reopen: null, wantAgain: null, rollout: null }
const lost = { ...well, isLost: true }
const liveStates = ['live', 'already-live', 'live-with-warnings'] as const
const unfinished = [
  'queued',
  'resolve',
  'pull',
  'copy',
  'link',
  'migrate',
  'switch',
  'reload',
  'check',
] as const
const ended = ['failed', 'rolled-back', 'cancelled', 'needs-operator', 'superseded'] as const

describe('nothing is done', () => {
  it.each<Row>([
    ['nothing was ever wanted or deployed', null, untouched],
    ['nothing is wanted, and Redis is the one that the host knows', null, known],
    ['the record of what is wanted is forgotten', want(null), known],
    ...liveStates.map((state): Row => [`it is ${state} here too`, want(state), known]),
    ...ended.map((state): Row => [`it ended as ${state}`, want(state, 2_000), known]),
    ['it failed on a host that never had anything', want('failed'), untouched],
    ['the host never wrote a mark, and what it has is wanted', want('live'), neverMarked],
    ['the host never wrote a mark, and it was superseded', want('superseded', 900), neverMarked],
  ])('when %s', (_what, wanted, host) => {
    expect(diagnose({ project: 'shop', want: wanted }, host, same)).toEqual(well)
  })
})

describe('a walk is asked to look', () => {
  it.each([...unfinished, 'roll-back'] as const)('when it is at %s', (state) => {
    const found = diagnose({ project: 'shop', want: want(state, 2_000) }, known, same)

    expect(found).toEqual({ ...well, nudge: 'it is wanted and has no end' })
  })

  it.each([null, want('live'), want('failed'), want('pull', 2_000)])(
    'when a switch is open, whatever is wanted: %j',
    (wanted) => {
      const found = diagnose({ project: 'shop', want: wanted }, { ...known, hasIntent: true }, same)

      expect(found).toEqual({ ...well, nudge: 'a switch is not brought to its end' })
    },
  )

  it.each(liveStates)('when it is called %s, and the host does not have it', (state) => {
    const found = diagnose({ project: 'shop', want: want(state, 2_000) }, known, same)

    const reopen = { deployment: 'd-1', from: expect.arrayContaining([state]) }
    expect(found).toEqual({ ...well, nudge: expect.any(String), reopen })
  })

  it('when its rollout may ask it to go back, and only then', () => {
    const wanted = { ...want('live'), rollout }

    expect(diagnose({ project: 'shop', want: wanted }, known, same)).toEqual({ ...well, rollout })
    const queued = { ...want('queued', 2_000), rollout }
    expect(diagnose({ project: 'shop', want: queued }, known, same).rollout).toBeNull()
  })
})

describe('a Redis that lost what it knew', () => {
  it('is asked again for the tag that is live', () => {
    expect(diagnose({ project: 'shop', want: null }, emptied, same)).toEqual({ ...lost, wantAgain: 'v1' })
  })

  it('is noticed by a host that never wrote a mark, because nothing is wanted', () => {
    expect(diagnose({ project: 'shop', want: null }, neverMarked, same)).toEqual({ ...lost, wantAgain: 'v1' })
  })

  it.each([
    ['nothing is live', null],
    ['what is live was wanted by its digest', { ...live, tag: null }],
  ])('is asked for nothing where %s', (_what, served) => {
    const host = { ...emptied, state: { live: served, seq: 1_000 } }

    expect(diagnose({ project: 'shop', want: null }, host, same)).toEqual(lost)
  })

  it('has a push that was taken for an older one walked once more', () => {
    const found = diagnose({ project: 'shop', want: want('superseded', 900) }, emptied, same)

    expect(found).toMatchObject({ isLost: true, nudge: 'it was taken for an older push' })
    expect(found.reopen).toEqual({ deployment: 'd-1', from: ['superseded'] })
  })

  it('has a push that was accepted since left alone when it is newer', () => {
    expect(diagnose({ project: 'shop', want: want('superseded', 1_001) }, emptied, same)).toEqual(lost)
    expect(diagnose({ project: 'shop', want: want('failed', 900) }, emptied, same)).toEqual(lost)
  })
})
