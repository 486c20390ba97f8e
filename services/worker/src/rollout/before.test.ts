import { currentTarget, releaseName, SlipwayError } from '@slipway/core'
import { describe, expect, it, vi } from 'vitest'
import { failureOf } from '../../test/failure.ts'
import { earlier, openRig, type RigOptions, wanted } from '../../test/rig.ts'
import { beforeContainer } from './before.ts'
import { deploy } from './deploy.ts'
import { endMigrationOf, migrationContainer } from './steps/migrate.ts'

const name = beforeContainer('shop')
const own = releaseName(2_000, wanted, 'rand')

async function open(before: object, more: object = {}, options: RigOptions = {}) {
  const migrate = { command: ['migrate'], before: { command: ['backup', 'shop'], ...before }, ...more }
  const rig = await openRig({ project: { migrate }, live: earlier, ...options })
  rig.engine.programs.set('backup', { lines: ['dumped'], exitCode: 0 })
  rig.commands.programs.set('backup', { lines: ['dumped'], exitCode: 0 })
  rig.commands.containers.add('db')
  return { ...rig, words: () => rig.engine.ran.map(({ command }) => command?.[0]) }
}

describe('what is run before a migration', () => {
  it('runs in a container of the new image, as the migration does', async () => {
    const more = { env: { DB: 'shop' }, network: 'shop_default', user: 'www-data', memory: '64MB', cpus: 1 }
    const rig = await open({}, more)

    expect((await deploy(rig.run)).outcome).toBe('live')

    const [before, migration] = rig.engine.ran
    expect(before).toEqual({
      ...migration,
      name,
      command: ['backup', 'shop'],
      purpose: { ...migration?.purpose, role: 'before' },
    })
    expect(rig.words()).toEqual(['backup', 'migrate'])
    expect(rig.report.lines).toContain('[migrate] before | dumped')
    expect(rig.engine.containers.size).toBe(0)
  })

  it('runs in a container that is there, when one is named', async () => {
    const rig = await open({ container: 'db' })

    expect((await deploy(rig.run)).outcome).toBe('live')

    expect(rig.commands.ran).toEqual([{ container: 'db', command: ['backup', 'shop'] }])
    expect(rig.words()).toEqual(['migrate'])
    expect(rig.report.lines).toContain('[migrate] before | dumped')
  })

  it.each([
    ['in a container of the new image', {}],
    ['in a container that is there', { container: 'db' }],
  ])('stops the walk when it fails %s: no migration, no switch', async (_, where) => {
    const rig = await open(where)
    rig.engine.programs.set('backup', { lines: ['no space'], exitCode: 2 })
    rig.commands.programs.set('backup', { lines: ['no space'], exitCode: 2 })

    const error = await failureOf(deploy(rig.run))

    expect(error.code).toBe('BACKUP_FAILED')
    expect(error.retryable).toBe(false)
    expect(error.message).toContain('ended with exit code 2')
    expect(rig.report.lines).toContain('[migrate] before | no space')
    expect(rig.words()).not.toContain('migrate')
    expect(await rig.releases.current()).toBe(currentTarget(earlier))
    expect(rig.engine.containers.size).toBe(0)
  })

  it.each([
    ['in a container of the new image', {}],
    ['in a container that is there', { container: 'db' }],
  ])('stops the walk when it takes too long %s', async (_, where) => {
    const rig = await open({ ...where, timeout: '20ms' })
    rig.engine.programs.set('backup', {})
    rig.commands.programs.set('backup', {})

    const error = await failureOf(deploy(rig.run))

    expect(error.code).toBe('BACKUP_FAILED')
    expect(error.message).toContain('took longer than 20 ms')
    expect(rig.words()).not.toContain('migrate')
    expect(rig.engine.containers.size).toBe(0)
  })

  it('stops the walk when its container does not run', async () => {
    const rig = await open({ container: 'gone' })

    const error = await failureOf(deploy(rig.run))

    expect(error.code).toBe('BACKUP_FAILED')
    expect(error.message).toContain('gone')
  })

  it('says nothing about itself when the engine is away: that may be tried again', async () => {
    const rig = await open({})
    const away = new SlipwayError('ENGINE_UNAVAILABLE', 'away')
    rig.engine.runContainer = () => Promise.reject(away)

    expect(await failureOf(deploy(rig.run))).toBe(away)
  })

  it('tells its output without the secrets of its environment', async () => {
    const rig = await open({}, { env_file: '/etc/slipway/shop.env' })
    rig.engine.programs.set('backup', { lines: ['--password=hunter2-hunter2'], exitCode: 0 })

    await deploy({ ...rig.run, readEnvironment: async () => ['DB_PASSWORD=hunter2-hunter2'] })

    expect(rig.report.lines.join('\n')).not.toContain('hunter2')
  })

  it('is not repeated when an earlier run completed the migration, nor when one is still running', async () => {
    const done = await open({})
    await deploy(done.run)
    await done.releases.switchTo(earlier)
    await done.releases.saveState({ live: earlier, good: earlier, seq: earlier.seq })
    await done.releases.saveRelease({ ...(await onlyRelease(done.releases.records, own)), status: 'copied' })
    await deploy(done.again())
    const running = await open({})
    running.engine.leave(migrationContainer('shop'), own, 'exited', { exitCode: 0 })
    await deploy(running.run)

    expect(done.words()).toEqual(['backup', 'migrate'])
    expect(running.words()).toEqual([])
  })

  it('is run once, however often the migration is tried', async () => {
    const rig = await open({}, { retries: 2 })
    rig.engine.programs.set('migrate', { exitCode: 1 })

    await failureOf(deploy(rig.run))

    expect(rig.words()).toEqual(['backup', 'migrate', 'migrate', 'migrate'])
  })

  it.each(['created', 'running', 'exited'] as const)('that a dead run left %s is run anew', async (state) => {
    const rig = await open({})
    rig.engine.leave(name, own, state, { exitCode: 0 })

    expect((await deploy(rig.run)).outcome).toBe('live')

    expect(rig.words()).toEqual(['backup', 'migrate'])
    expect(rig.engine.containers.size).toBe(0)
  })

  it('that a dead run left in a container that is there is waited for, and run anew', async () => {
    const rig = await open({ container: 'db' })
    rig.commands.running.add('backup')
    const real = rig.timer.sleep
    rig.timer.sleep = async (milliseconds, signal) => {
      rig.commands.running.delete('backup')
      return real(milliseconds, signal)
    }

    expect((await deploy(rig.run)).outcome).toBe('live')

    expect(rig.timer.pauses).toEqual([1_000])
    expect(rig.commands.ran).toHaveLength(1)
    expect(rig.report.lines).toContain(
      '[migrate] before: an earlier run left it running in db; it is waited for',
    )
  })

  it.each(['cancel', 'stop'] as const)('is ended by a %s', async (which) => {
    const rig = await open({})
    rig.engine.programs.set('backup', {})
    const reason = new SlipwayError(which === 'cancel' ? 'CANCELLED' : 'INTERRUPTED', 'enough')
    const walk = expect(deploy(rig.run)).rejects.toBe(reason)
    await vi.waitUntil(() => rig.engine.containers.has(name))

    rig[which].abort(reason)

    await walk
    expect(rig.engine.containers.size).toBe(0)
    expect(rig.words()).toEqual(['backup'])
  })

  it('that a dead run left is ended with the deployment that a person takes back', async () => {
    const rig = await open({})
    await rig.releases.saveRelease({ ...earlier, name: own, deployment: 'd-want', status: 'copied' })
    rig.engine.leave(name, own, 'running', {})

    await endMigrationOf(rig.run, 'd-other')
    const others = rig.engine.containers.size
    await endMigrationOf(rig.run, 'd-want')

    expect([others, rig.engine.containers.size]).toEqual([1, 0])
  })
})

async function onlyRelease<T>(records: ReadonlyMap<string, T>, release: string): Promise<T> {
  const found = records.get(release)
  if (!found) throw new Error(`no ${release}`)
  return found
}
