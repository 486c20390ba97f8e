import { currentTarget, releaseName, SlipwayError } from '@slipway/core'
import { describe, expect, it, vi } from 'vitest'
import { failureOf } from '../../../test/failure.ts'
import { earlier, openRig, type Rig, wanted } from '../../../test/rig.ts'
import { deploy } from '../deploy.ts'
import { migrationContainer } from './migrate.ts'

const name = migrationContainer('shop')
const own = releaseName(2_000, wanted, 'rand')
const other = releaseName(1_900, wanted, 'othr')

describe('a migration', () => {
  it('runs once, in a container of the new image, with what the project says', async () => {
    const migrate = { command: ['migrate', '--force'], network: 'shop_default', user: 'www-data' }
    const rig = await openRig({ project: { migrate } })

    await deploy(rig.run)

    expect(rig.engine.ran).toEqual([
      {
        name,
        image: rig.site.config.image,
        digest: wanted,
        purpose: { project: 'shop', role: 'migrate', release: own, deployment: 'd-want' },
        command: ['migrate', '--force'],
        environment: [],
        network: 'shop_default',
        user: 'www-data',
        memory: undefined,
        cpus: undefined,
        pids: 512,
      },
    ])
    expect(rig.engine.containers.size).toBe(0)
    expect(rig.releases.records.get(own)?.migratedAt).toBe(rig.timer.now())
  })

  it('gets the limits that the project sets', async () => {
    const rig = await openRig({
      project: { migrate: { command: ['migrate'], memory: '256MB', cpus: 0.5, pids: 64 } },
    })

    await deploy(rig.run)

    expect(rig.engine.ran[0]).toMatchObject({ memory: 256e6, cpus: 0.5, pids: 64 })
  })

  it('gets the variables of the project, and those of its file over them', async () => {
    const env = { APP_ENV: 'staging', DB_HOST: 'db', EMPTY: '' }
    const migrate = { command: ['migrate'], env, env_file: '/etc/slipway/shop.env' }
    const rig = await openRig({ project: { migrate } })

    await deploy({ ...rig.run, readEnvironment: async () => ['APP_ENV=production', 'MORE=a=b'] })

    expect(rig.engine.ran[0]?.environment).toEqual(['DB_HOST=db', 'EMPTY=', 'APP_ENV=production', 'MORE=a=b'])
  })

  it('is run again at once as often as is configured, and each try is told', async () => {
    const rig = await openRig({ project: { migrate: { command: ['migrate'], retries: 2 } } })
    failTimes(rig, 2)

    expect((await deploy(rig.run)).outcome).toBe('live')
    expect(rig.engine.ran).toHaveLength(3)
    expect(rig.report.lines).toContain('[migrate] ended with exit code 1; try 2 of 3 begins')
    expect(rig.report.lines).toContain('[migrate] ended with exit code 1; try 3 of 3 begins')
    expect(rig.engine.containers.size).toBe(0)
  })

  it('that fails in every try fails the walk, and says how often it was tried', async () => {
    const rig = await openRig({ project: { migrate: { command: ['migrate'], retries: 1 } }, live: earlier })
    rig.engine.programs.set('migrate', { exitCode: 7 })

    const error = await failureOf(deploy(rig.run))

    expect(error.code).toBe('MIGRATION_FAILED')
    expect(error.message).toContain('in each of 2 tries, the last time with exit code 7')
    expect(rig.engine.ran).toHaveLength(2)
    expect(rig.releases.switches).toEqual([])
  })

  it('that runs too long is not run again', async () => {
    const rig = await openRig({ project: { migrate: { command: ['migrate'], retries: 3, timeout: '20ms' } } })
    rig.engine.programs.set('migrate', {})

    expect((await failureOf(deploy(rig.run))).code).toBe('MIGRATION_TIMEOUT')
    expect(rig.engine.ran).toHaveLength(1)
  })

  it('that a dead run left and that failed counts as one of the tries', async () => {
    const rig = await openRig({ project: { migrate: { command: ['migrate'], retries: 1 } } })
    rig.engine.leave(name, own, 'exited', { exitCode: 1 })

    expect((await deploy(rig.run)).outcome).toBe('live')
    expect(rig.engine.ran).toHaveLength(1)
  })

  it('that fails stops the walk before the switch', async () => {
    const rig = await openRig({ project: { migrate: { command: ['migrate'] } }, live: earlier })
    rig.engine.programs.set('migrate', { lines: ['no such table'], exitCode: 1 })

    const error = await failureOf(deploy(rig.run))

    expect(error.code).toBe('MIGRATION_FAILED')
    expect(error.retryable).toBe(false)
    expect(rig.report.lines).toContain('[migrate] | no such table')
    expect(rig.releases.switches).toEqual([])
    expect(await rig.releases.current()).toBe(currentTarget(earlier))
    expect(rig.engine.containers.size).toBe(0)
  })

  it('that fails is run again by the next walk', async () => {
    const rig = await openRig({ project: { migrate: { command: ['migrate'] } } })
    rig.engine.programs.set('migrate', { exitCode: 1 })
    await failureOf(deploy(rig.run))
    rig.engine.programs.set('migrate', { exitCode: 0 })

    expect((await deploy(rig.again())).outcome).toBe('live')
    expect(rig.engine.ran).toHaveLength(2)
  })

  it('tells its output without the secrets of its environment', async () => {
    const migrate = { command: ['migrate'], env_file: '/etc/slipway/shop.env' }
    const rig = await openRig({ project: { migrate } })
    const environment = ['DB_PASSWORD=hunter2-hunter2', 'APP_KEY=base64:abcdef', 'APP_ENV=production']
    const lines = ['connecting with hunter2-hunter2', 'key base64:abcdef', 'in production']
    rig.engine.programs.set('migrate', { lines, exitCode: 0 })

    await deploy({ ...rig.run, readEnvironment: async () => environment })

    const log = rig.report.lines.join('\n')
    expect(log).not.toMatch(/hunter2|base64:/)
    expect(log).toContain('[migrate] | in production')
    expect(rig.engine.ran[0]?.environment).toEqual(environment)
  })

  it('that prints for ever does not fill the log', async () => {
    const rig = await openRig({ project: { migrate: { command: ['migrate'] } } })
    const lines = Array.from({ length: 5_000 }, (_, index) => `${index} ${'x'.repeat(5_000)}`)
    rig.engine.programs.set('migrate', { lines, exitCode: 0 })

    await deploy(rig.run)

    const told = rig.report.lines.filter((line) => line.startsWith('[migrate] |'))
    expect(told.length).toBeLessThan(1_100)
    expect(Math.max(...told.map((line) => line.length))).toBeLessThan(2_100)
  })

  it('that runs too long is ended and removed, and the walk with it', async () => {
    const rig = await openRig({
      project: { migrate: { command: ['migrate'], timeout: '20ms' } },
      live: earlier,
    })
    rig.engine.programs.set('migrate', {})

    const error = await failureOf(deploy(rig.run))

    expect(error.code).toBe('MIGRATION_TIMEOUT')
    expect(error.retryable).toBe(false)
    expect(rig.engine.containers.size).toBe(0)
    expect(await rig.releases.current()).toBe(currentTarget(earlier))
  })

  it('that ended well is not run again when its run dies before that is on the disk', async () => {
    const rig = await openRig({ project: { migrate: { command: ['migrate'] } } })
    const { saveRelease } = rig.releases
    const full = new SlipwayError('DISK_FULL', 'no space left on device')
    rig.releases.saveRelease = async (release) =>
      release.migratedAt === null ? saveRelease(release) : Promise.reject(full)
    await expect(deploy(rig.run)).rejects.toBe(full)

    rig.releases.saveRelease = saveRelease
    expect((await deploy(rig.again())).outcome).toBe('live')

    expect(rig.engine.ran).toHaveLength(1)
    expect(rig.engine.containers.size).toBe(0)
  })

  it('goes on when the run is asked to stop, and the next run waits for its end', async () => {
    const rig = await openRig({ project: { migrate: { command: ['migrate'] } } })
    rig.engine.programs.set('migrate', {})
    const reason = new SlipwayError('INTERRUPTED', 'stop')
    const walk = expect(deploy(rig.run)).rejects.toBe(reason)
    await vi.waitUntil(() => rig.engine.containers.get(name)?.state === 'running')

    rig.stop.abort(reason)
    await walk

    expect(rig.engine.containers.get(name)?.state).toBe('running')
    const next = await openRig({ project: { migrate: { command: ['migrate'] } } })
    const second = deploy({ ...next.run, site: rig.site, engine: rig.engine })
    rig.engine.end(name, 0)
    expect((await second).outcome).toBe('live')
    expect(rig.engine.ran).toHaveLength(1)
    expect(rig.engine.containers.size).toBe(0)
  })
})

/** Lets the migration end badly so many times, and well after that. */
function failTimes({ engine }: Rig, times: number): void {
  const run = engine.runContainer
  let left = times
  engine.programs.set('migrate', { exitCode: 1 })
  engine.runContainer = (spec, signal) => {
    if (left === 0) engine.programs.set('migrate', { exitCode: 0 })
    left -= 1
    return run(spec, signal)
  }
}

describe('a migration that a dead run left', () => {
  async function withOrphan(
    release: string,
    state: 'created' | 'running' | 'exited',
    exitCode: number,
  ): Promise<Rig> {
    const rig = await openRig({ project: { migrate: { command: ['migrate'] } }, live: earlier })
    rig.engine.leave(name, release, state, { lines: ['from the orphan'], exitCode })
    if (state === 'running') setTimeout(() => rig.engine.end(name, exitCode), 10)
    return rig
  }

  it.each([own, other])('before it was started is removed, and a new one runs (of %s)', async (release) => {
    const rig = await withOrphan(release, 'created', 0)

    expect((await deploy(rig.run)).outcome).toBe('live')
    expect(rig.engine.ran).toHaveLength(1)
    expect(rig.report.lines).not.toContain('[migrate] | from the orphan')
  })

  it.each(['running', 'exited'] as const)('of this release, %s, counts as its own', async (state) => {
    const rig = await withOrphan(own, state, 0)

    expect((await deploy(rig.run)).outcome).toBe('live')
    expect(rig.engine.ran).toEqual([])
    expect(rig.engine.containers.size).toBe(0)
    expect(rig.report.lines).toContain('[migrate] | from the orphan')
    expect(rig.releases.records.get(own)?.migratedAt).not.toBeNull()
  })

  it.each(['running', 'exited'] as const)(
    'of this release, %s, fails the walk when it failed',
    async (state) => {
      const rig = await withOrphan(own, state, 1)

      expect((await failureOf(deploy(rig.run))).code).toBe('MIGRATION_FAILED')
      expect(rig.engine.ran).toEqual([])
      expect(rig.engine.containers.size).toBe(0)
      expect(await rig.releases.current()).toBe(currentTarget(earlier))
    },
  )

  it.each([
    ['running', 0],
    ['running', 1],
    ['exited', 0],
    ['exited', 1],
  ] as const)(
    'of another release, %s with %i, is waited for, and then the own one runs',
    async (state, exitCode) => {
      const rig = await withOrphan(other, state, exitCode)

      expect((await deploy(rig.run)).outcome).toBe('live')
      expect(rig.engine.ran.map(({ purpose }) => purpose.release)).toEqual([own])
      expect(rig.engine.containers.size).toBe(0)
      expect(rig.report.lines.join('\n')).toContain(`a migration of ${other} behind`)
    },
  )

  it('is ended when it runs longer than a migration may', async () => {
    const rig = await openRig({ project: { migrate: { command: ['migrate'], timeout: '20ms' } } })
    rig.engine.leave(name, other, 'running', {})

    expect((await failureOf(deploy(rig.run))).code).toBe('MIGRATION_TIMEOUT')
    expect(rig.engine.containers.size).toBe(0)
    expect(rig.engine.ran).toEqual([])
  })
})
