import {
  type AcceptedWant,
  type BackTarget,
  currentTarget,
  type DriftReport,
  type HostState,
  isHeld,
  type Release,
  releaseName,
  SlipwayError,
} from '@slipway/core'
import { describe, expect, it, vi } from 'vitest'
import { failureOf } from '../../test/failure.ts'
import { releaseOf, wantOf } from '../../test/project.ts'
import {
  check,
  checkUrl,
  migrate,
  openRig,
  type Rig,
  type RigOptions,
  remembered,
  services,
} from '../../test/rig.ts'
import { goBackTo } from './back.ts'
import { deploy } from './deploy.ts'
import { recover } from './recover.ts'
import { leaveBad } from './roll-back.ts'

const [v1, v2, v3] = [
  releaseOf(1_000, 'a', { status: 'live', tag: 'v1' }),
  releaseOf(1_100, 'b', { status: 'live', tag: 'v2' }),
  releaseOf(1_200, 'c', { status: 'live', tag: 'v3' }),
] as const
const site = { services, check, migrate, source: { path: '/var/www/app', require: ['public/index.php'] } }
const before: BackTarget = { release: null, digest: null }
/** The name of a release that is copied out for the rollback. */
const anew = (digest: string) => releaseName(2_000, digest, 'rand')

/** A host with three good releases, the newest of them live, and a rollback that is wanted. */
async function open(
  options: RigOptions & { state?: Partial<HostState>; releases?: readonly Release[] } = {},
) {
  const want: Partial<AcceptedWant> = { tag: null, back: before, ...options.want }
  const rig = await openRig({ project: site, live: v3, ...options, want })
  for (const release of options.releases ?? [v1, v2]) {
    await rig.releases.saveRelease(release)
    rig.releases.folders.set(release.name, ['public/index.php'])
  }
  rig.registry.tags.set(v1.digest, v1.digest).set(v2.digest, v2.digest)
  for (const { digest } of [v1, v2]) rig.engine.images.set(digest, { 'public/index.php': digest })
  if (options.state) await rig.releases.saveState({ ...(await rig.releases.state()), ...options.state })
  return rig
}

const walk = (rig: Rig, target: BackTarget = before) => goBackTo(rig.run, target)
const log = (rig: Rig) => rig.report.lines.join('\n')
const heldBy = async (rig: Rig) => (await rig.releases.state()).held ?? []

function drift(release: Release, more: Partial<DriftReport['counts']>): DriftReport {
  const counts = { added: 0, changed: 0, missing: 0, ...more }
  const paths = (count: number) => Array.from({ length: count }, (_, at) => `public/${at}.php`)
  const { added, changed, missing } = counts
  return {
    release: release.name,
    digest: release.digest,
    at: 0,
    read: 0,
    files: 1,
    counts,
    added: paths(added),
    changed: paths(changed),
    missing: paths(missing),
  }
}

describe('a rollback', () => {
  it('switches to the good release before the live one, reloads and checks it', async () => {
    const rig = await open()

    const end = await walk(rig)

    expect(end).toEqual({
      outcome: 'live',
      release: v2.name,
      resolvedDigest: v2.digest,
      why: `Went back from ${v3.name} to ${v2.name}; the database was not changed back.`,
    })
    expect(rig.begun()).toEqual(['resolve', 'switch', 'reload', 'check'])
    expect(await rig.releases.current()).toBe(currentTarget(v2))
    expect(await remembered(rig)).toEqual({ live: v2.name, good: v2.name, seq: 2_000 })
    expect(await rig.releases.intent()).toBeNull()
    expect(rig.report.events).toEqual([{ kind: 'went-back', to: v2.name, seq: v2.seq }])
  })

  it('asks neither the registry nor the engine for what lies on the disk, and runs no migration', async () => {
    const rig = await open()

    await walk(rig)

    expect(rig.registry.asked).toEqual([])
    expect([...rig.engine.pulled]).toEqual([])
    expect(rig.engine.ran).toEqual([])
    expect(log(rig)).toContain('the database is not changed back: no migration is run')
  })

  it('holds what it left, so that a repeated push does not bring it back', async () => {
    const rig = await open()
    await walk(rig)
    rig.registry.tags.set('latest', v3.digest)

    const error = await failureOf(deploy(rig.again({ want: { seq: 3_000, deployment: 'd-push' } })))

    expect(error.code).toBe('DIGEST_HELD')
    expect(await rig.releases.current()).toBe(currentTarget(v2))
  })

  it('lifts the hold on what it went to, once that has passed its check', async () => {
    const rig = await open({ state: { held: [v1.digest] } })

    await walk(rig, { release: v1.name, digest: null })

    expect(await heldBy(rig)).toEqual([v3.digest])
  })

  it('goes further back the next time, and forward by name', async () => {
    const rig = await open()
    await walk(rig)

    const second = await goBackTo(
      rig.again({ want: { seq: 2_100, deployment: 'd-2', back: before } }),
      before,
    )
    const forward = { release: v3.name, digest: null }
    const third = await goBackTo(
      rig.again({ want: { seq: 2_200, deployment: 'd-3', back: forward } }),
      forward,
    )

    expect([second.release, third.release]).toEqual([v1.name, v3.name])
    expect(await heldBy(rig)).toEqual([v2.digest, v1.digest])
    expect(await remembered(rig)).toEqual({ live: v3.name, good: v3.name, seq: 2_200 })
  })

  it('that finds its target live touches nothing and holds nothing', async () => {
    const rig = await open()

    const end = await walk(rig, { release: v3.name, digest: null })

    expect(end).toEqual({ outcome: 'already-live', release: v3.name, resolvedDigest: v3.digest })
    expect(rig.releases.switches).toEqual([])
    expect(rig.services.told).toEqual([])
    expect(await heldBy(rig)).toEqual([])
    expect(await remembered(rig)).toEqual({ live: v3.name, good: v3.name, seq: 2_000 })
  })

  it('with nowhere to go is refused, and tells what there is', async () => {
    const rig = await open({ releases: [] })

    const error = await failureOf(walk(rig))

    expect(error).toMatchObject({ code: 'ROLLBACK_REFUSED', retryable: false })
    expect(error.message).toBe(
      `There is no good release before ${v3.name}. There is: ${v3.name} (v3, is live).`,
    )
    expect(rig.releases.switches).toEqual([])
    expect(await remembered(rig)).toEqual({ live: v3.name, good: v3.name, seq: v3.seq })
  })

  it('of a run that lost its right does not switch', async () => {
    const fenced = new SlipwayError('FENCED', 'lost')
    const rig = await open({ fence: () => Promise.reject(fenced) })

    expect(await failureOf(walk(rig))).toBe(fenced)
    expect(rig.releases.switches).toEqual([])
  })

  it('finds its way where nothing counts as live, from what is served', async () => {
    const rig = await open({ state: { live: null } })

    const end = await walk(rig)

    expect(end).toMatchObject({ outcome: 'live', release: v2.name })
    expect(await heldBy(rig)).toEqual([v3.digest])
  })
})

describe('a target that is not what it was', () => {
  it.each([
    ['changed', { changed: 2 }],
    ['missing', { missing: 7 }],
  ])(
    'with files that are %s is copied out of its image again, without its migration',
    async (what, counts) => {
      const rig = await open()
      vi.spyOn(rig.releases, 'verify').mockResolvedValue(drift(v2, counts))

      const end = await walk(rig)

      const name = anew(v2.digest)
      expect(end).toMatchObject({ outcome: 'live', release: name })
      expect(rig.begun()).toEqual(['resolve', 'pull', 'copy', 'link', 'switch', 'reload', 'check'])
      expect(rig.releases.records.get(name)).toMatchObject({ tag: 'v2', seq: 2_000, status: 'live' })
      expect(rig.releases.records.get(v2.name)?.status).toBe('live')
      expect(rig.engine.ran).toEqual([])
      expect(log(rig)).toContain(what)
      expect(await heldBy(rig)).toEqual([v3.digest])
    },
  )

  it('with files that were added is switched to, and they are told', async () => {
    const rig = await open()
    vi.spyOn(rig.releases, 'verify').mockResolvedValue(drift(v2, { added: 6 }))

    expect(await walk(rig)).toMatchObject({ outcome: 'live', release: v2.name })
    expect(log(rig)).toContain(`${v2.name}: 6 added since: public/0.php, `)
  })

  it('is looked at by its facts, not by all of its content', async () => {
    const rig = await open()
    const verify = vi.spyOn(rig.releases, 'verify').mockResolvedValue(drift(v2, {}))

    await walk(rig)

    expect(verify).toHaveBeenCalledExactlyOnceWith(v2, expect.objectContaining({ full: false }))
  })

  it('without a manifest needs what the source must have', async () => {
    const rig = await open()
    vi.spyOn(rig.releases, 'verify').mockRejectedValue(new SlipwayError('RELEASE_UNKNOWN', 'no manifest'))

    expect(await walk(rig)).toMatchObject({ outcome: 'live', release: v2.name })
    expect(log(rig)).toContain(`${v2.name} has no manifest`)
  })

  it('without a manifest and without that is copied again', async () => {
    const rig = await open()
    vi.spyOn(rig.releases, 'verify').mockRejectedValue(new SlipwayError('RELEASE_UNKNOWN', 'no manifest'))
    rig.releases.folders.set(v2.name, ['composer.json'])

    expect(await walk(rig)).toMatchObject({ outcome: 'live', release: anew(v2.digest) })
    expect(log(rig)).toContain(`${v2.name} has no public/index.php`)
  })

  it('needs no registry as long as the engine has its image', async () => {
    const rig = await open()
    vi.spyOn(rig.releases, 'verify').mockResolvedValue(drift(v2, { changed: 1 }))
    rig.engine.pulled.add(v2.digest)

    expect(await walk(rig)).toMatchObject({ outcome: 'live', release: anew(v2.digest) })
    expect(rig.registry.asked).toEqual([])
  })

  it('is refused when its image is gone too', async () => {
    const rig = await open()
    vi.spyOn(rig.releases, 'verify').mockResolvedValue(drift(v2, { changed: 1 }))
    rig.registry.tags.delete(v2.digest)

    const error = await failureOf(walk(rig))

    expect(error).toMatchObject({ code: 'ROLLBACK_REFUSED', cause: { code: 'IMAGE_NOT_FOUND' } })
    expect(error.message).toContain(`There is: ${v3.name} (v3, is live); ${v2.name} (v2, was live);`)
    expect(rig.releases.switches).toEqual([])
  })
})

describe('a digest whose release is gone', () => {
  const pruned = { releases: [v1] }
  const target = { release: null, digest: v2.digest }

  it('is asked for, pulled, copied and linked again, without its migration', async () => {
    const rig = await open(pruned)

    const end = await walk(rig, target)

    expect(end).toMatchObject({ outcome: 'live', release: anew(v2.digest), resolvedDigest: v2.digest })
    expect(rig.registry.asked).toMatchObject([{ reference: v2.digest }])
    expect(rig.begun()).toEqual(['resolve', 'pull', 'copy', 'link', 'switch', 'reload', 'check'])
    expect(rig.engine.ran).toEqual([])
  })

  it('is not a way back to what was left, when asked to go back once more', async () => {
    const rig = await open(pruned)
    await walk(rig, target)

    const again = await goBackTo(rig.again({ want: { seq: 2_100, deployment: 'd-2', back: before } }), before)

    expect(again.release).toBe(v1.name)
  })

  it('goes on with what an earlier attempt has copied', async () => {
    const rig = await open({ ...pruned })
    const linking = vi.spyOn(rig.site.releases, 'linkShared')
    linking.mockRejectedValueOnce(new SlipwayError('RELEASE_STORE_FAILED', 'a disk fault'))
    await failureOf(walk(rig, target))

    expect(await goBackTo(rig.again({ want: { back: target } }), target)).toMatchObject({ outcome: 'live' })
    expect(log(rig)).toContain(`an earlier run completed ${anew(v2.digest)}`)
  })

  it('gives way to a newer push before it costs anything', async () => {
    const newest = wantOf({ seq: 3_000, deployment: 'd-push' })
    const rig = await open({ ...pruned, newer: async () => newest })

    expect(await walk(rig, target)).toMatchObject({ outcome: 'superseded', supersededBy: 'd-push' })
    expect([...rig.engine.pulled]).toEqual([])
  })

  it('that the registry cannot be asked for now may be tried again', async () => {
    const rig = await open(pruned)
    const away = new SlipwayError('REGISTRY_UNAVAILABLE', 'away')
    vi.spyOn(rig.registry, 'resolve').mockRejectedValue(away)

    expect(await failureOf(walk(rig, target))).toMatchObject({
      code: 'REGISTRY_UNAVAILABLE',
      retryable: true,
    })
  })
})

describe('a target that is not well', () => {
  const bad = { answers: [500, 500, 200] as const }

  it('is left again for what was live, and is bad and held from then on', async () => {
    const rig = await open(bad)

    const end = await walk(rig)

    expect(end).toMatchObject({ outcome: 'rolled-back', errorCode: 'CHECK_FAILED', release: v2.name })
    expect(end.why).toContain(`Went back to ${v3.name}; the database was not changed back.`)
    expect(await rig.releases.current()).toBe(currentTarget(v3))
    expect(await remembered(rig)).toEqual({ live: v3.name, good: v3.name, seq: 2_000 })
    expect(rig.releases.records.get(v2.name)?.status).toBe('bad')
    expect(await heldBy(rig)).toEqual([v2.digest])
  })

  it('is for the operator when what was live is not well either, and nothing is condemned for it', async () => {
    const rig = await open({ answers: [500] })

    const end = await walk(rig)

    expect(end).toMatchObject({ outcome: 'needs-operator', errorCode: 'ROLLBACK_FAILED' })
    expect(await remembered(rig)).toEqual({ live: null, good: v3.name, seq: 2_000 })
    expect(rig.releases.records.get(v2.name)?.status).toBe('live')
    expect(await heldBy(rig)).toEqual([])
    expect(await rig.releases.intent()).toBeNull()
    expect(await recover(rig.run)).toBeNull()
  })

  it('is for the operator when what was live was not well before', async () => {
    const rig = await open({ ...bad, state: { live: { ...v3, status: 'bad' }, good: v2 } })

    const end = await walk(rig)

    expect(end).toMatchObject({ outcome: 'needs-operator', errorCode: 'ROLLBACK_FAILED' })
    expect(end.why).toContain(`There was no good release live before; it stays ${v2.name}.`)
    expect(rig.releases.switches).toEqual([currentTarget(v2)])
    expect(await remembered(rig)).toEqual({ live: null, good: v2.name, seq: 2_000 })
  })

  it('stays where the project never goes back, and what was left is held', async () => {
    const rig = await open({ answers: [500], project: { ...site, rollback: 'never' } })

    const end = await walk(rig)

    expect(end).toMatchObject({ outcome: 'live-with-warnings', release: v2.name })
    expect(await rig.releases.state()).toMatchObject({ live: { name: v2.name, status: 'bad' }, seq: 2_000 })
    expect(await heldBy(rig)).toEqual([v3.digest])
  })

  it.each(['RELOAD_FAILED', 'CANCELLED'] as const)('by %s says nothing of its image', async (code) => {
    const rig = await open()
    await rig.releases.switchTo(v2)
    const intent = {
      ...{ deployment: 'd-want', to: v2, back: v3, before: currentTarget(v3), failure: null, at: 0 },
      rollback: { seq: 2_000, left: v3 },
    }

    const end = await leaveBad(rig.run, intent, new SlipwayError(code, 'it was not told.'))

    expect(end.outcome).toBe(code === 'CANCELLED' ? 'cancelled' : 'rolled-back')
    expect(await remembered(rig)).toEqual({ live: v3.name, good: v3.name, seq: 2_000 })
    expect(rig.releases.records.get(v2.name)?.status).toBe('live')
    expect(await heldBy(rig)).toEqual([])
  })
})

describe('a rollback whose worker died', () => {
  /** Walks until the place, dies there, and lets the next worker come. */
  async function dieAt(place: string, options: Parameters<typeof open>[0] = {}) {
    const stop = new AbortController()
    const rig = await open({
      ...options,
      failpoint: (at) => {
        if (at !== place || stop.signal.aborted) return
        stop.abort()
        throw new SlipwayError('INTERRUPTED', 'died')
      },
    })
    return rig
  }

  it('before the switch begins anew', async () => {
    const rig = await dieAt('before:switch')
    await failureOf(walk(rig))

    expect(await recover(rig.run)).toBeNull()
    expect(await walk(rig)).toMatchObject({ outcome: 'live', release: v2.name })
  })

  it('behind the switch is brought to its end by the next', async () => {
    const rig = await dieAt('after:switch')
    await failureOf(walk(rig))

    const recovered = await recover(rig.run)

    expect(recovered).toMatchObject({ deployment: 'd-want', end: { outcome: 'live', release: v2.name } })
    expect(await remembered(rig)).toEqual({ live: v2.name, good: v2.name, seq: 2_000 })
    expect(await heldBy(rig)).toEqual([v3.digest])
  })

  it('behind the switch to one that is not well goes back to what was live', async () => {
    const rig = await dieAt('after:switch', { answers: [500, 500, 200] })
    await failureOf(walk(rig))

    expect((await recover(rig.run))?.end).toMatchObject({ outcome: 'rolled-back' })
    expect(await remembered(rig)).toEqual({ live: v3.name, good: v3.name, seq: 2_000 })
  })

  it('on its way back to what was live goes on there', async () => {
    const rig = await open()
    const failure = { code: 'CHECK_FAILED', message: 'It answered 500.' }
    await rig.releases.saveIntent({
      ...{ deployment: 'd-want', to: v2, back: v3, before: currentTarget(v3), failure, at: 0 },
      rollback: { seq: 2_000, left: v3 },
    })
    await rig.releases.switchTo(v2)

    expect((await recover(rig.run))?.end).toMatchObject({ outcome: 'rolled-back', release: v2.name })
    expect(await remembered(rig)).toEqual({ live: v3.name, good: v3.name, seq: 2_000 })
    expect(isHeld(await rig.releases.state(), v2.digest)).toBe(true)
  })

  it.each([
    ['when it had gone back', before, v2],
    ['when it was there already', { release: v3.name, digest: null }, v3],
  ])('before Redis knew of its end is not done twice: %s', async (_what, target, live) => {
    const rig = await open()
    await walk(rig, target)
    const switches = rig.releases.switches.length

    expect(await walk(rig, target)).toMatchObject({ outcome: 'live', release: live.name })
    expect(rig.releases.switches).toHaveLength(switches)
  })

  it('is over once something newer was dealt with', async () => {
    const rig = await open({ state: { seq: 2_500 } })

    expect(await walk(rig)).toMatchObject({ outcome: 'superseded', supersededBy: v3.deployment })
  })
})

describe('a project whose image is what runs', () => {
  const recreate = [{ container: 'shop-app', action: 'recreate' }]
  const options = {
    project: { strategy: 'service', source: undefined, release: undefined, services: recreate },
  }

  it('is pulled again where the engine has lost its image, under the name of its release', async () => {
    const rig = await open(options)

    const end = await walk(rig)

    expect(end).toMatchObject({ outcome: 'live', release: v2.name })
    expect(rig.begun().slice(0, 3)).toEqual(['resolve', 'pull', 'switch'])
    expect([...rig.engine.pulled]).toEqual([v2.digest])
    expect(rig.engine.kept).toEqual([`shop:${v2.seq} ${v2.digest}`])
  })

  it('is not pulled where the engine has it', async () => {
    const rig = await open(options)
    rig.engine.pulled.add(v2.digest)
    const pull = vi.spyOn(rig.engine, 'pull')

    expect(await walk(rig)).toMatchObject({ outcome: 'live', release: v2.name })
    expect(pull).not.toHaveBeenCalled()
  })
})

it('asks the check of the project, with its tries', async () => {
  const rig = await open({ answers: [500, 200] })

  expect(await walk(rig)).toMatchObject({ outcome: 'live' })
  expect(log(rig)).toMatch(new RegExp(`${checkUrl} answered 500[^]*${checkUrl} answered 200`))
})
