import { describe, expect, it } from 'vitest'
import { afterCheck, type BackQuestion, chooseBack, holdLeft, intentSeq } from './go-back.ts'
import { releaseName } from './layout.ts'
import type { HostState, Release, SwitchIntent } from './release.ts'

const digestOf = (digit: string) => `sha256:${digit.repeat(64)}`

function release(seq: number, digit: string, more: Partial<Release> = {}): Release {
  const digest = digestOf(digit)
  return {
    name: releaseName(seq, digest, 'rand'),
    seq,
    digest,
    image: 'registry.example.com/acme/shop',
    tag: `v${seq}`,
    deployment: `d${seq}`,
    copiedAt: 0,
    migratedAt: null,
    status: 'live',
    ...more,
  }
}

const [v1, v2, v3] = [release(1, 'a'), release(2, 'b'), release(3, 'c')] as const

interface Host {
  readonly releases?: readonly Release[]
  readonly gone?: readonly Release[]
  readonly live?: Release | null
  readonly isServed?: boolean
  readonly held?: readonly string[]
}

function ask(target: Partial<BackQuestion['target']>, host: Host = {}) {
  const { releases = [v1, v2, v3], gone = [], live = v3, isServed = live !== null, held = [] } = host
  return chooseBack({
    known: releases.map((one) => ({ release: one, isPresent: !gone.includes(one) })),
    state: { live, good: live, seq: 9, held },
    from: live,
    isServed,
    target: { release: null, digest: null, ...target },
  })
}

describe('going back without saying where', () => {
  it.each<[string, Host, Release]>([
    ['the newest good release before the live one', {}, v2],
    ['not one whose folder is gone', { gone: [v2] }, v1],
    ['not one that failed its check', { releases: [v1, { ...v2, status: 'bad' }, v3] }, v1],
    ['not one that was never live', { releases: [v1, { ...v2, status: 'copied' }, v3] }, v1],
    ['not one that a person has left', { held: [v2.digest] }, v1],
    ['not the same content once more', { releases: [v1, release(2, 'c'), v3] }, v1],
    ['not one that is newer, after an earlier rollback', { live: v2 }, v1],
    ['the newest good one, where nothing is known to be live', { live: null }, v3],
  ])('leads to %s', (_what, host, expected) => {
    expect(ask({}, host)).toEqual({ kind: 'release', release: expected })
  })

  it('is refused where there is none, and tells what there is', () => {
    const bad = release(2, 'b', { status: 'bad', tag: null })

    expect(ask({}, { releases: [v1, bad, v3], gone: [v1] })).toEqual({
      kind: 'refused',
      why:
        `There is no good release before ${v3.name}. There is: ${v3.name} (v3, is live); ` +
        `${bad.name} (failed its check); ${v1.name} (v1, was live, folder is gone).`,
    })
    expect(ask({}, { releases: [], live: null })).toEqual({
      kind: 'refused',
      why: 'There is no good release before what is served. There is: no release at all.',
    })
  })
})

describe('going back to a release by its name', () => {
  it('leads there, also forward again', () => {
    expect(ask({ release: v1.name })).toEqual({ kind: 'release', release: v1 })
    expect(ask({ release: v3.name }, { live: v1, held: [v3.digest] })).toEqual({
      kind: 'release',
      release: v3,
    })
  })

  it('finds it live already', () => {
    expect(ask({ release: v3.name })).toEqual({ kind: 'here', release: v3 })
  })

  it('switches to the live one where something else is served', () => {
    expect(ask({ release: v3.name }, { isServed: false })).toEqual({ kind: 'release', release: v3 })
  })

  it('takes its image where its folder is gone', () => {
    expect(ask({ release: v1.name }, { gone: [v1] })).toEqual({ kind: 'image', digest: v1.digest })
  })

  it.each<[string, Release, RegExp]>([
    [
      'that failed its check',
      release(2, 'b', { status: 'bad' }),
      /^The release 2-.* failed its check\. There is: /,
    ],
    [
      'that was never live',
      release(2, 'b', { status: 'copied' }),
      /^The release 2-.* was never live\. There is: /,
    ],
  ])('refuses one %s', (_what, one, why) => {
    const refused = { kind: 'refused', why: expect.stringMatching(why) }
    expect(ask({ release: one.name }, { releases: [v1, one, v3] })).toEqual(refused)
  })

  it('refuses one that nobody knows', () => {
    expect(ask({ release: '7-aaaaaaaaaaaa-rand' })).toEqual({
      kind: 'refused',
      why: expect.stringMatching(/^There is no release 7-aaaaaaaaaaaa-rand here\. There is: 3-/),
    })
  })
})

describe('going back to a digest', () => {
  const again = release(4, 'a')

  it('leads to the newest good release that has it', () => {
    const releases = [v1, again, v2, v3, release(5, 'a', { status: 'bad' })]
    expect(ask({ digest: v1.digest }, { releases })).toEqual({ kind: 'release', release: again })
    expect(ask({ digest: v1.digest }, { releases, gone: [again] })).toEqual({ kind: 'release', release: v1 })
  })

  it('finds it live already', () => {
    expect(ask({ digest: v3.digest })).toEqual({ kind: 'here', release: v3 })
  })

  it('takes the image where no folder has it', () => {
    expect(ask({ digest: v1.digest }, { gone: [v1] })).toEqual({ kind: 'image', digest: v1.digest })
    expect(ask({ digest: digestOf('f') })).toEqual({ kind: 'image', digest: digestOf('f') })
  })

  it('refuses one of which only failures are known', () => {
    const refused = { kind: 'refused', why: expect.stringMatching(/deploy with --force/) }
    expect(ask({ digest: v1.digest }, { releases: [{ ...v1, status: 'bad' }, v3] })).toEqual(refused)
    expect(ask({ digest: digestOf('f') }, { held: [digestOf('f')] })).toEqual(refused)
  })
})

describe('behind a switch', () => {
  const state: HostState = { live: v3, good: v3, seq: 3, held: [v1.digest] }
  const deploy: SwitchIntent = {
    deployment: 'd9',
    to: v1,
    back: v3,
    before: null,
    failure: null,
    at: 0,
  }
  const rollback: SwitchIntent = { ...deploy, rollback: { seq: 9, left: v3 } }

  it('a deploy counts with the seq of its release, a rollback with its own', () => {
    expect([intentSeq(deploy), intentSeq(rollback)]).toEqual([1, 9])
  })

  it('a deploy that is well lifts the hold on its digest', () => {
    expect(afterCheck(state, v1, deploy)).toEqual({ live: v1, good: v1, seq: 1, held: [] })
  })

  it('a rollback that is well holds what it left, and says whose it was', () => {
    expect(afterCheck(state, v1, rollback)).toEqual({
      live: v1,
      good: v1,
      seq: 9,
      held: [v3.digest],
      wentBack: { deployment: 'd9', release: v1.name },
    })
  })

  it('nothing is held when the content stays, or when nothing was live', () => {
    expect(holdLeft(state, { to: v1, rollback: { seq: 9, left: release(4, 'a') } })).toBe(state)
    expect(holdLeft(state, { to: v1, rollback: { seq: 9, left: null } })).toBe(state)
    expect(holdLeft(state, { to: v1 })).toBe(state)
  })
})
