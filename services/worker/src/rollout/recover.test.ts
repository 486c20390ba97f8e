import { currentTarget, type SwitchIntent } from '@slipway/core'
import { describe, expect, it } from 'vitest'
import { releaseOf } from '../../test/project.ts'
import { check, earlier, openRig, type Rig, type RigOptions, remembered, services } from '../../test/rig.ts'
import { recover } from './recover.ts'

const full = { services, check }
const left = releaseOf(2_000, 'a', { deployment: 'd-left' })

/** A world in which a worker died around its switch. */
async function afterCrash(
  options: RigOptions & { switched: boolean; failure?: SwitchIntent['failure'] },
): Promise<Rig> {
  const rig = await openRig({ project: full, live: earlier, ...options })
  const { releases } = rig
  releases.folders.set(left.name, ['index.php'])
  await releases.saveRelease(left)
  await releases.saveIntent({
    deployment: 'd-left',
    to: left,
    back: earlier,
    before: currentTarget(earlier),
    failure: options.failure ?? null,
    at: 0,
  })
  if (options.switched) await releases.switchTo(left)
  return rig
}

describe('after a crash', () => {
  it('there is nothing to do without a note', async () => {
    const rig = await openRig({ live: earlier })

    expect(await recover(rig.run)).toBeNull()
    expect(rig.begun()).toEqual([])
  })

  it('a release that was switched to is reloaded, checked and kept', async () => {
    const rig = await afterCrash({ switched: true })

    const recovered = await recover(rig.run)

    expect(recovered).toMatchObject({ deployment: 'd-left', end: { outcome: 'live', release: left.name } })
    expect(rig.begun()).toEqual(['reload', 'check'])
    expect(await remembered(rig)).toEqual({ live: left.name, good: left.name, seq: 2_000 })
    expect(await rig.releases.intent()).toBeNull()
  })

  it('a release that was switched to and is bad is left', async () => {
    const rig = await afterCrash({ switched: true, answers: [500, 500, 200] })

    const recovered = await recover(rig.run)

    expect(recovered?.end).toMatchObject({ outcome: 'rolled-back', errorCode: 'CHECK_FAILED' })
    expect(await rig.releases.current()).toBe(currentTarget(earlier))
  })

  it('a switch that was not made is forgotten, and the walk begins anew', async () => {
    const rig = await afterCrash({ switched: false })

    expect(await recover(rig.run)).toBeNull()
    expect(await rig.releases.intent()).toBeNull()
    expect(rig.begun()).toEqual([])
    expect(await rig.releases.current()).toBe(currentTarget(earlier))
  })

  it.each([true, false])(
    'a way back that was begun is gone to its end (current still bad: %s)',
    async (switched) => {
      const failure = { code: 'CHECK_FAILED', message: 'It answered 500.' }
      const rig = await afterCrash({ switched, failure })

      const recovered = await recover(rig.run)

      expect(recovered?.end).toMatchObject({ outcome: 'rolled-back', errorCode: 'CHECK_FAILED' })
      expect(recovered?.end.why).toContain('It answered 500.')
      expect(await rig.releases.current()).toBe(currentTarget(earlier))
      expect(rig.services.told).toEqual(['shop-php-fpm: USR2', 'shop-nginx: HUP'])
      expect(await remembered(rig)).toEqual({ live: earlier.name, good: earlier.name, seq: 2_000 })
      expect(rig.releases.records.get(left.name)?.status).toBe('bad')
    },
  )
})
