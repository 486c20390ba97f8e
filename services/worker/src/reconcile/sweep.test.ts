import { type Deployment, isOutcome } from '@slipway/core'
import { describe, expect, it, vi } from 'vitest'
import { acquire } from '../../test/contracts/project-mutex.ts'
import { calm } from '../../test/failure.ts'
import { createMemoryMutex } from '../../test/fakes/memory-mutex.ts'
import { releaseOf, wantOf } from '../../test/project.ts'
import { openRig, wanted } from '../../test/rig.ts'
import { type Finding, type SweepTools, sweepContainers, sweepFolders, sweepMaintenance } from './sweep.ts'

const name = 'slipway-migrate-shop'
const release = releaseOf(2_000, 'a').name
const minute = 60_000

/** A host that nothing is at, with what is wanted of its project in this state. */
async function open(state: Deployment['state'] | null = null) {
  const rig = await openRig({ project: { migrate: { command: ['migrate'], timeout: '10m' } } })
  const mutex = createMemoryMutex()
  const findings: Finding[] = []
  const tools: SweepTools = {
    sites: new Map([['shop', rig.site]]),
    mutex,
    engine: rig.engine,
    maintenance: rig.maintenance,
    store: {
      want: async (project) => (state === null || project !== 'shop' ? null : wantOf()),
      deployment: async () => (state === null ? null : recordOf(state)),
    },
    timer: rig.timer,
    tell: (finding) => void findings.push(finding),
  }
  const isFree = async () => {
    const held = await mutex.tryAcquire(rig.site.config.release.root)
    await held?.release()
    return held !== null
  }
  const leave = (container: string, of: 'created' | 'running' | 'exited', age: number) =>
    rig.engine.leave(container, release, of, {}, rig.timer.now() - age)
  return { ...rig, mutex, tools, findings, isFree, leave, root: rig.site.config.release.root }
}

function recordOf(state: Deployment['state']): Deployment {
  const { rollout: _, back: __, ...want } = wantOf()
  const at = { acceptedAt: 0, startedAt: 0, endedAt: isOutcome(state) ? 0 : null, attempts: 1 }
  const found = {
    resolvedDigest: null,
    release: null,
    supersededBy: null,
    rollout: null,
    back: null,
    cancel: null,
  }
  const rest = { errorCode: null, why: null, timings: [], trigger: { kind: 'reconcile' } } as const
  return { ...want, id: want.deployment, state, ...at, ...found, ...rest }
}

describe('folders that died runs left', () => {
  it('are taken away when nobody is at the project', async () => {
    const { releases, tools, site, findings, isFree } = await open()
    releases.leftovers.add('.tmp-1')

    await sweepFolders(tools, site)

    expect([...releases.leftovers]).toEqual([])
    expect(findings).toEqual([{ project: 'shop', what: 'unfinished folders were taken away' }])
    expect(await isFree()).toBe(true)
  })

  it('stay while somebody is', async () => {
    const { releases, tools, site, mutex, root, findings } = await open()
    releases.leftovers.add('.tmp-1')
    await acquire(mutex, root)

    await sweepFolders(tools, site)

    expect(releases.leftovers.size).toBe(1)
    expect(findings).toEqual([])
  })

  it('cost no mutex where there are none', async () => {
    const { tools, site, mutex } = await open()
    const take = vi.spyOn(mutex, 'tryAcquire')

    await sweepFolders(tools, site)

    expect(take).not.toHaveBeenCalled()
  })

  it('that cannot be taken away leave the project free', async () => {
    const { releases, tools, site, isFree } = await open()
    releases.leftovers.add('.tmp-1')
    vi.spyOn(releases, 'prepare').mockRejectedValue(new Error('read-only'))

    await expect(sweepFolders(tools, site)).rejects.toThrow('read-only')

    expect(await isFree()).toBe(true)
  })
})

describe('a container for reading a source', () => {
  async function openWithSource(state: Deployment['state'] | null = null) {
    const rig = await open(state)
    rig.engine.pulled.add(wanted)
    const purpose = { project: 'shop', role: 'source', release, deployment: 'd-1' } as const
    const { image } = rig.site.config
    await rig.engine.openSource({ image, digest: wanted, path: '/var/www/app', purpose }, calm)
    return rig
  }

  it.each([null, 'failed', 'pull'] as const)('is taken away when nobody is at it: %s', async (state) => {
    const { engine, tools, findings, isFree } = await openWithSource(state)

    await sweepContainers(tools, calm)

    expect(engine.openSources.size).toBe(0)
    expect(findings).toEqual([{ project: 'shop', what: expect.stringContaining(`source of ${release}`) }])
    expect(await isFree()).toBe(true)
  })

  it('stays while somebody is at it', async () => {
    const { engine, tools, mutex, root } = await openWithSource()
    await acquire(mutex, root)

    await sweepContainers(tools, calm)

    expect(engine.openSources.size).toBe(1)
  })
})

describe('a migration that nobody waits for', () => {
  it.each(['created', 'exited'] as const)('is taken away when it is %s', async (state) => {
    const { engine, tools, leave } = await open('failed')
    leave(name, state, minute)

    await sweepContainers(tools, calm)

    expect(engine.containers.size).toBe(0)
  })

  it('is let run as long as it may', async () => {
    const { engine, tools, leave } = await open('failed')
    leave(name, 'running', 9 * minute)

    await sweepContainers(tools, calm)

    expect(engine.containers.get(name)?.state).toBe('running')
  })

  it('is stopped, then taken away, when a person took its deployment back while no worker ran', async () => {
    const { engine, tools, leave, releases } = await open('cancelled')
    await releases.saveRelease(releaseOf(2_000, 'a', { deployment: 'd-want' }))
    const stop = vi.spyOn(engine, 'stopContainer')
    leave(name, 'running', minute)

    await sweepContainers(tools, calm)

    expect(stop).toHaveBeenCalledOnce()
    expect(engine.containers.size).toBe(0)
  })

  it('is stopped, then taken away, when it ran longer', async () => {
    const { engine, tools, leave } = await open(null)
    const stop = vi.spyOn(engine, 'stopContainer')
    leave(name, 'running', 11 * minute)

    await sweepContainers(tools, calm)

    expect(stop).toHaveBeenCalledOnce()
    expect(engine.containers.size).toBe(0)
  })
})

describe('a migration that a run to come takes up', () => {
  it.each(['queued', 'migrate'] as const)('stays, however old it is: %s', async (state) => {
    const { engine, tools, leave, findings } = await open(state)
    leave(name, 'running', 600 * minute)

    await sweepContainers(tools, calm)

    expect(engine.containers.size).toBe(1)
    expect(findings).toEqual([])
  })

  it('stays while somebody is at the project', async () => {
    const { engine, tools, leave, mutex, root } = await open('failed')
    leave(name, 'exited', 600 * minute)
    await acquire(mutex, root)

    await sweepContainers(tools, calm)

    expect(engine.containers.size).toBe(1)
  })
})

describe('what a dead run left of what is run before a migration', () => {
  const before = 'slipway-before-shop'

  it.each(['created', 'running', 'exited'] as const)(
    'is taken away, also when a run is still to come: %s',
    async (state) => {
      const { engine, tools, leave, findings } = await open('queued')
      leave(before, state, minute)

      await sweepContainers(tools, calm)

      expect(engine.containers.size).toBe(0)
      expect(findings).toEqual([{ project: 'shop', what: expect.stringContaining(`before of ${release}`) }])
    },
  )

  it('stays while somebody is at the project', async () => {
    const { engine, tools, leave, mutex, root } = await open('migrate')
    leave(before, 'running', minute)
    await acquire(mutex, root)

    await sweepContainers(tools, calm)

    expect(engine.containers.get(before)?.state).toBe('running')
  })
})

describe('a maintenance page that a dead run left', () => {
  async function openWithPage(state: Deployment['state'] | null) {
    const rig = await open(state)
    await rig.maintenance.show(rig.root, { since: 1, deployment: 'd-want' })
    return { ...rig, isOn: () => rig.maintenance.notes.has(rig.root) }
  }

  it.each([null, 'failed', 'superseded'] as const)(
    'is taken away when its deployment is over: %s',
    async (state) => {
      const { tools, site, findings, isFree, isOn } = await openWithPage(state)

      await sweepMaintenance(tools, site)

      expect(isOn()).toBe(false)
      expect(findings).toEqual([
        { project: 'shop', what: 'a maintenance page that was left behind was taken away' },
      ])
      expect(await isFree()).toBe(true)
    },
  )

  it('stays while its deployment is still to be walked', async () => {
    const { tools, site, findings, isFree, isOn } = await openWithPage('migrate')

    await sweepMaintenance(tools, site)

    expect(isOn()).toBe(true)
    expect(findings).toEqual([])
    expect(await isFree()).toBe(true)
  })

  it('stays while somebody is at the project', async () => {
    const { tools, site, mutex, root, isOn } = await openWithPage('failed')
    await acquire(mutex, root)

    await sweepMaintenance(tools, site)

    expect(isOn()).toBe(true)
  })
})

describe('a container of a project that is not configured here', () => {
  it.each(['exited', 'running'] as const)(
    'stays for an hour, because a newer worker may know it: %s',
    async (state) => {
      const { engine, tools, leave } = await open()
      leave('slipway-migrate-blog', state, 59 * minute)

      await sweepContainers(tools, calm)

      expect(engine.containers.size).toBe(1)
    },
  )

  it.each(['exited', 'running'] as const)('is taken away then: %s', async (state) => {
    const { engine, tools, leave } = await open()
    leave('slipway-migrate-blog', state, 61 * minute)

    await sweepContainers(tools, calm)

    expect(engine.containers.size).toBe(0)
  })
})

it('a project that somebody is at keeps no other from being swept', async () => {
  const { engine, tools, leave, mutex, root } = await open()
  leave(name, 'exited', 600 * minute)
  leave('slipway-migrate-blog', 'exited', 600 * minute)
  await acquire(mutex, root)

  await sweepContainers(tools, calm)

  expect([...engine.containers.keys()]).toEqual([name])
})
