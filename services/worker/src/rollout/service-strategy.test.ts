import { currentTarget, releaseName } from '@slipway/core'
import { describe, expect, it } from 'vitest'
import { digestOf } from '../../test/project.ts'
import { check, earlier, migrate, openRig, type Rig, type RigOptions, wanted } from '../../test/rig.ts'
import { deploy } from './deploy.ts'
import { recover } from './recover.ts'
import { retain } from './retain.ts'
import { revert } from './revert.ts'

const service = {
  strategy: 'service',
  source: undefined,
  release: undefined,
  services: [
    { container: 'shop-web', action: 'recreate' },
    { container: 'shop-proxy', action: 'signal', signal: 'HUP' },
  ],
  check,
}
const made = releaseName(2_000, wanted, 'rand')
/** What runs before, made by slipway. */
const running = { id: 'earlier', digest: earlier.digest, release: earlier.name }

describe('a deploy of a project whose image is what its services run', () => {
  it('has them run the image, by its digest', async () => {
    const rig = await openService({ live: null })

    const end = await deploy(rig.run)

    expect(end).toEqual({ outcome: 'live', release: made, resolvedDigest: wanted })
    expect(rig.services.containers.get('shop-web')).toMatchObject({ digest: wanted, release: made })
    expect(rig.services.told).toEqual(['shop-web: recreate', 'shop-proxy: HUP'])
  })

  it('copies nothing, and remembers the release like any other', async () => {
    const rig = await openService()

    await deploy(rig.run)

    expect(rig.releases.folders.get(made)).toEqual([])
    expect(await rig.releases.current()).toBe(currentTarget({ name: made }))
    expect((await rig.releases.state()).good?.digest).toBe(wanted)
    expect(rig.engine.kept).toEqual([`shop:2000 ${wanted}`])
  })

  it('migrates with the image before anything of it runs', async () => {
    const seen: string[] = []
    const rig = await openService({
      project: { ...service, migrate },
      failpoint: (place) => {
        if (place === 'after:migrate') seen.push(...rig.services.told)
      },
    })

    await deploy(rig.run)

    expect(rig.engine.ran).toMatchObject([{ digest: wanted }])
    expect(seen).toEqual([])
  })

  it('lets go of what it replaced once the check has passed', async () => {
    const kept: number[] = []
    const rig = await openService({
      failpoint: (place) => {
        if (place === 'before:check') kept.push(rig.services.kept.size)
      },
    })

    await deploy(rig.run)

    expect(kept).toEqual([1])
    expect(rig.services.kept.size).toBe(0)
  })

  it('stays live when what it replaced cannot be removed, and says so', async () => {
    const rig = await openService()
    const run = { ...rig.run, services: { ...rig.services, commit: () => Promise.reject(new Error('busy')) } }

    expect(await deploy(run)).toMatchObject({ outcome: 'live' })
    expect(rig.report.lines.join('\n')).toContain('what was replaced could not be removed: busy')
  })

  it('does nothing when the digest runs already', async () => {
    const rig = await openService()
    await deploy(rig.run)

    const end = await deploy(rig.again({ want: { seq: 3_000, deployment: 'd-again' } }))

    expect(end.outcome).toBe('already-live')
    expect(rig.services.told).toHaveLength(service.services.length)
  })

  it('runs the digest again when somebody has had another image run in between', async () => {
    const rig = await openService()
    await deploy(rig.run)
    rig.services.containers.set('shop-web', { id: 'by-hand', digest: digestOf('d'), release: null })

    const end = await deploy(rig.again({ want: { seq: 3_000, deployment: 'd-again' } }))

    expect(end.outcome).toBe('live')
    expect(rig.services.containers.get('shop-web')?.digest).toBe(wanted)
  })

  it('lets go of old releases with their images', async () => {
    const rig = await openService({ project: service })
    for (const seq of [100, 200, 300, 400, 500, 600]) {
      const old = { ...earlier, name: releaseName(seq, digestOf(String(seq / 100)), 'rand'), seq }
      await rig.releases.saveRelease({ ...old, digest: digestOf(String(seq / 100)) })
      await rig.releases.createEmpty(old)
      rig.engine.kept.push(`shop:${seq} ${digestOf(String(seq / 100))}`)
    }
    await deploy(rig.run)

    await retain(rig.run)

    expect(rig.engine.kept).not.toContain(`shop:100 ${digestOf('1')}`)
    expect(rig.releases.folders.has(releaseName(100, digestOf('1'), 'rand'))).toBe(false)
  })
})

describe('a service that turns out bad', () => {
  it('has what ran before when its check fails', async () => {
    const rig = await openService({ answers: [500, 500, 200] })

    const end = await deploy(rig.run)

    expect(end).toMatchObject({ outcome: 'rolled-back', errorCode: 'CHECK_FAILED' })
    expect(rig.services.containers.get('shop-web')).toEqual(running)
    expect(rig.services.kept.size).toBe(0)
    expect((await rig.releases.state()).held).toEqual([wanted])
  })

  it('has what ran before slipway when it is the first release', async () => {
    const rig = await openService({ live: null, answers: [500] })

    const end = await deploy(rig.run)

    expect(end).toMatchObject({ outcome: 'rolled-back', errorCode: 'CHECK_FAILED' })
    expect(rig.services.containers.get('shop-web')).toMatchObject({ id: 'before', digest: null })
    expect(await rig.releases.current()).toBeNull()
  })

  it('is left when a new container is not well, and its image is held', async () => {
    const rig = await openService()
    rig.services.unwell.add(wanted)

    const end = await deploy(rig.run)

    expect(end).toMatchObject({ outcome: 'rolled-back', errorCode: 'SERVICE_UNHEALTHY' })
    expect(rig.services.containers.get('shop-web')).toEqual(running)
    expect((await rig.releases.state()).held).toEqual([wanted])
  })

  it('goes back in all its containers when the second one is not well', async () => {
    const two = [{ label: 'app=shop', action: 'recreate' }]
    const rig = await openService({ project: { ...service, services: two } })
    rig.services.labelled.set('app=shop', ['shop-b', 'shop-a'])
    rig.services.unwell.add('shop-b')

    const end = await deploy(rig.run)

    expect(end.errorCode).toBe('SERVICE_UNHEALTHY')
    expect(['shop-a', 'shop-b'].map((name) => rig.services.containers.get(name)?.digest ?? null)).toEqual([
      null,
      null,
    ])
  })

  it('has what ran before when that is not well either, and a person looks', async () => {
    const rig = await openService({ answers: [500] })

    const end = await deploy(rig.run)

    expect(end.outcome).toBe('needs-operator')
    expect(rig.services.containers.get('shop-web')).toEqual(running)
  })

  it('stays where rollback is never, and lets go of what it replaced', async () => {
    const rig = await openService({ project: { ...service, rollback: 'never' }, answers: [500] })

    const end = await deploy(rig.run)

    expect(end.outcome).toBe('live-with-warnings')
    expect(rig.services.containers.get('shop-web')?.digest).toBe(wanted)
    expect(rig.services.kept.size).toBe(0)
  })
})

describe('a service whose worker died behind the switch', () => {
  it('is brought to its end without another replacement', async () => {
    const died = new Error('died')
    const rig = await openService({
      failpoint: (place) => {
        if (place === 'before:check') rig.stop.abort(died)
      },
    })
    await expect(deploy(rig.run)).rejects.toBe(died)
    const container = rig.services.containers.get('shop-web')
    const next = await openService()

    const recovered = await recover({ ...next.run, site: rig.site, services: rig.services })

    expect(recovered?.end.outcome).toBe('live')
    expect(rig.services.containers.get('shop-web')).toBe(container)
    expect(rig.services.kept.size).toBe(0)
  })
})

describe('a service that is taken back after it was well', () => {
  it('runs the image of the release before', async () => {
    const rig = await openService()
    await deploy(rig.run)

    const end = await revert(rig.run, { code: 'ROLLOUT_STOPPED', message: 'too many failed' })

    expect(end?.outcome).toBe('rolled-back')
    expect(rig.services.containers.get('shop-web')).toMatchObject({
      digest: earlier.digest,
      release: earlier.name,
    })
  })
})

describe('a source whose service is recreated', () => {
  it('keeps its own image, and has the container of before when the check fails', async () => {
    const services = [{ container: 'shop-web', action: 'recreate' }]
    const rig = await openRig({ project: { services, check }, live: earlier, answers: [500, 500, 200] })

    const end = await deploy(rig.run)

    expect(end.outcome).toBe('rolled-back')
    expect(rig.services.told).toEqual(['shop-web: recreate', 'shop-web: recreate'])
    expect(rig.services.containers.get('shop-web')?.id).toBe('before')
  })
})

async function openService({ live = earlier, ...more }: RigOptions = {}): Promise<Rig> {
  const rig = await openRig({ project: service, live, ...more })
  if (live) rig.services.containers.set('shop-web', running)
  return rig
}
