import { describe, expect, it } from 'vitest'
import type { Release } from './release.ts'
import { planRetention } from './retention.ts'

function release(seq: number, status: Release['status'] = 'live'): Release {
  const name = `${seq}-aaaaaaaaaaaa-0000`
  return {
    name,
    seq,
    status,
    digest: 'sha256:',
    image: '',
    tag: null,
    deployment: '',
    copiedAt: 0,
    migratedAt: null,
  }
}

function kept(releases: readonly Release[], live: Release, keep: number): number[] {
  const plan = planRetention(releases, { live, good: live, seq: live.seq }, keep)
  return plan.filter((verdict) => verdict.keep).map((verdict) => verdict.release.seq)
}

describe('retention', () => {
  it('keeps the newest good releases', () => {
    const all = [1, 2, 3, 4].map((seq) => release(seq))

    expect(kept(all, all[3] as Release, 2)).toEqual([4, 3])
  })

  it('does not let failed releases push good ones out', () => {
    const live = release(5)
    const all = [release(1), release(2, 'bad'), release(3, 'copied'), release(4, 'bad'), live]

    expect(kept(all, live, 2)).toEqual([5, 1])
  })

  it('keeps what is live and what can be gone back to, however old they are', () => {
    const [oldest, older, ...newer] = [1, 2, 3, 4, 5].map((seq) => release(seq)) as [
      Release,
      Release,
      ...Release[],
    ]

    const plan = planRetention([oldest, older, ...newer], { live: oldest, good: older, seq: 9 }, 2)

    const names = plan.filter((verdict) => verdict.keep).map((verdict) => verdict.release.seq)
    expect(names).toEqual([5, 4, 2, 1])
  })

  it('leaves alone what a run under way has just copied', () => {
    const live = release(5)

    expect(kept([live, release(6, 'copied')], live, 2)).toEqual([6, 5])
  })

  it('leaves only the newest of those that never went live, however many pushes fail', () => {
    const live = release(5)
    const failed = [6, 7, 8].map((seq) => release(seq, 'copied'))

    expect(kept([live, ...failed], live, 2)).toEqual([8, 5])
  })

  it('says the same in whatever order the disk lists them', () => {
    const [first, second] = ['a', 'b'].map((end) => ({ ...release(3), name: `3-${end}` })) as [
      Release,
      Release,
    ]
    const live = release(4)

    const plans = [
      [first, second, live],
      [second, live, first],
    ].map((all) => planRetention(all, { live, good: live, seq: 4 }, 2).map(({ release: { name } }) => name))

    expect(plans[0]).toEqual(plans[1])
  })

  it('says why', () => {
    const all = [1, 2, 3, 4].map((seq) => release(seq, seq === 2 ? 'bad' : 'live'))
    const live = all[3] as Release

    const plan = planRetention(all, { live, good: live, seq: 4 }, 2)

    expect(plan.map(({ why }) => why)).toEqual([
      'it is live',
      'it is one of the last 2 good ones',
      'it is bad',
      '2 good ones are newer',
    ])
  })
})
