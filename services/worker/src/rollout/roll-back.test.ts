import { currentTarget, releaseName, SlipwayError } from '@slipway/core'
import { describe, expect, it } from 'vitest'
import { releaseOf } from '../../test/project.ts'
import { check, earlier, migrate, openRig, remembered, services, wanted } from '../../test/rig.ts'
import { deploy } from './deploy.ts'
import { recover } from './recover.ts'

const full = { services, check, migrate }
const made = releaseName(2_000, wanted, 'rand')

describe('a release that fails its check', () => {
  it('is left for the last good one, by the same reload and the same check', async () => {
    const rig = await openRig({ project: full, live: earlier, answers: [500, 500, 200] })

    const end = await deploy(rig.run)

    expect(end).toMatchObject({ outcome: 'rolled-back', errorCode: 'CHECK_FAILED', release: made })
    expect(end.why).toContain(`back to ${earlier.name}`)
    expect(rig.releases.switches).toEqual([currentTarget({ name: made }), currentTarget(earlier)])
    expect(rig.services.told).toEqual([...told, ...told])
    expect(rig.begun().slice(-2)).toEqual(['check', 'roll-back'])
  })

  it('is remembered as bad, and the last good one as live', async () => {
    const rig = await openRig({ project: full, live: earlier, answers: [500, 500, 200] })

    await deploy(rig.run)

    expect(rig.releases.records.get(made)?.status).toBe('bad')
    expect(await remembered(rig)).toEqual({ live: earlier.name, good: earlier.name, seq: 2_000 })
    expect(await rig.releases.intent()).toBeNull()
  })

  it('goes back to nothing when it was the first', async () => {
    const rig = await openRig({ project: full, answers: [500] })

    const end = await deploy(rig.run)

    expect(end.outcome).toBe('rolled-back')
    expect(await rig.releases.current()).toBeNull()
    expect(await remembered(rig)).toEqual({ live: null, good: null, seq: 2_000 })
  })

  it('goes back to what was there before slipway came', async () => {
    const rig = await openRig({ project: full, answers: [500] })
    await rig.releases.restore('releases/by-hand')

    await deploy(rig.run)

    expect(await rig.releases.current()).toBe('releases/by-hand')
    expect(rig.services.told).toEqual([...told, ...told])
  })

  it('goes back to the last good one, not to a bad one that is live', async () => {
    const bad = releaseOf(1_500, 'b', { status: 'bad' })
    const rig = await openRig({ project: full, live: earlier, answers: [500, 500, 200] })
    rig.releases.folders.set(bad.name, ['index.php'])
    await rig.releases.saveState({ live: bad, good: earlier, seq: 1_500 })
    await rig.releases.switchTo(bad)

    await deploy(rig.run)

    expect(await rig.releases.current()).toBe(currentTarget(earlier))
  })

  it('stays when rollback is never, with a warning, and is no place to go back to', async () => {
    const rig = await openRig({ project: { ...full, rollback: 'never' }, live: earlier, answers: [500] })

    const end = await deploy(rig.run)

    expect(end).toMatchObject({ outcome: 'live-with-warnings', release: made })
    expect(rig.releases.switches).toEqual([currentTarget({ name: made })])
    expect(await remembered(rig)).toEqual({ live: made, good: earlier.name, seq: 2_000 })
    expect(await rig.releases.intent()).toBeNull()
  })

  it('passes when a later try passes', async () => {
    const rig = await openRig({ project: full, answers: ['refuses', 200] })

    expect((await deploy(rig.run)).outcome).toBe('live')
    expect(rig.timer.pauses).toEqual([1_000])
  })
})

describe('a service that cannot be told', () => {
  it('sends the site back', async () => {
    const rig = await openRig({ project: full, live: earlier })
    const run = { ...rig.run, services: deafOnce(rig.services) }

    const end = await deploy(run)

    expect(end).toMatchObject({ outcome: 'rolled-back', errorCode: 'RELOAD_FAILED' })
    expect(await rig.releases.current()).toBe(currentTarget(earlier))
  })
})

describe('a way back that fails', () => {
  it.each([
    [
      'a service stays deaf',
      async (rig: Awaited<ReturnType<typeof openRig>>) => void rig.services.deaf.add('shop-nginx'),
    ],
    [
      'the last good release fails its check too',
      async (rig: Awaited<ReturnType<typeof openRig>>) => void rig.probe.sites.clear(),
    ],
  ])('needs an operator, when %s', async (_what, breakIt) => {
    const rig = await openRig({ project: full, live: earlier })
    await breakIt(rig)

    const end = await deploy(rig.run)

    expect(end).toMatchObject({ outcome: 'needs-operator', errorCode: 'ROLLBACK_FAILED' })
    expect(rig.report.lines.join('\n')).toContain('ROLLBACK_FAILED')
  })

  it('is not tried a second time', async () => {
    const rig = await openRig({ project: full, live: earlier, answers: [500] })
    await deploy(rig.run)
    const switched = rig.releases.switches.length

    const recovered = await recover(rig.again())

    expect(recovered).toBeNull()
    expect(rig.releases.switches).toHaveLength(switched)
  })

  it('does not keep the next push from going live', async () => {
    const rig = await openRig({ project: full, live: earlier, answers: [500, 500, 500, 500, 200] })
    await deploy(rig.run)

    const end = await deploy(rig.again({ want: { seq: 3_000, deployment: 'd-next' } }))

    expect(end.outcome).toBe('live')
    expect(await remembered(rig)).toMatchObject({ live: releaseName(3_000, wanted, 'rand'), seq: 3_000 })
  })

  it('does not lead to a release whose folder is gone', async () => {
    const rig = await openRig({ project: full, live: earlier, answers: [500] })
    rig.releases.folders.delete(earlier.name)

    const end = await deploy(rig.run)

    expect(end.outcome).toBe('needs-operator')
    expect(end.why).toContain(earlier.name)
    expect(await rig.releases.current()).toBe(currentTarget({ name: made }))
  })
})

describe('a digest that failed its check', () => {
  const pushedAgain = { seq: 3_000, deployment: 'd-again' }

  it('is not deployed here by a push that repeats it', async () => {
    const rig = await openRig({ project: full, live: earlier, answers: [500, 500, 200] })
    await deploy(rig.run)
    const before = rig.releases.switches.length

    const again = deploy(rig.again({ want: pushedAgain }))

    await expect(again).rejects.toMatchObject({ code: 'DIGEST_HELD', retryable: false })
    expect(rig.releases.switches).toHaveLength(before)
  })

  it('is deployed when somebody insists, and is free once it has passed', async () => {
    const rig = await openRig({ project: full, live: earlier, answers: [500, 500, 200] })
    await deploy(rig.run)

    const insisted = await deploy(rig.again({ want: { ...pushedAgain, force: true } }))

    expect(insisted.outcome).toBe('live')
    expect((await rig.releases.state()).held).toEqual([])
  })

  it('is not held when a service could not be told, which is no fault of the image', async () => {
    const rig = await openRig({ project: full, live: earlier })
    const { reload } = rig.services
    let isFirst = true
    rig.services.reload = async (...args) => {
      if (!isFirst) return reload(...args)
      isFirst = false
      throw new SlipwayError('RELOAD_FAILED', 'The container is not running.')
    }
    expect((await deploy(rig.run)).outcome).toBe('rolled-back')

    const again = await deploy(rig.again({ want: pushedAgain }))

    expect(again.outcome).toBe('live')
  })
})

describe('a stop on the way back', () => {
  it('leaves the note, and the next start goes on from there', async () => {
    const reason = new SlipwayError('INTERRUPTED', 'stop')
    const rig = await openRig({ project: full, live: earlier, answers: [500, 500, 200] })
    const run = {
      ...rig.run,
      services: stopsAtSecondRound(rig.services, () => rig.stop.abort(reason)),
    }

    await expect(deploy(run)).rejects.toBe(reason)

    expect(await rig.releases.intent()).toMatchObject({ failure: { code: 'CHECK_FAILED' } })
    const next = await openRig({ project: full, answers: [200] })
    const recovered = await recover({ ...next.run, site: rig.site })
    expect(recovered).toMatchObject({ deployment: 'd-want', end: { outcome: 'rolled-back' } })
    expect(await rig.releases.current()).toBe(currentTarget(earlier))
  })
})

const told = ['shop-php-fpm: USR2', 'shop-nginx: HUP']

function deafOnce(services: Awaited<ReturnType<typeof openRig>>['services']) {
  services.deaf.add('shop-nginx')
  return {
    ...services,
    async reload(...args: Parameters<typeof services.reload>) {
      try {
        return await services.reload(...args)
      } catch (error) {
        services.deaf.clear()
        throw error
      }
    },
  }
}

function stopsAtSecondRound(services: Awaited<ReturnType<typeof openRig>>['services'], stop: () => void) {
  let calls = 0
  return {
    ...services,
    async reload(...args: Parameters<typeof services.reload>) {
      calls += 1
      if (calls === 3) stop()
      return services.reload(...args)
    },
  }
}
