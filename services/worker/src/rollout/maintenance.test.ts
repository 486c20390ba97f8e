import { SlipwayError } from '@slipway/core'
import { describe, expect, it, vi } from 'vitest'
import { failureOf } from '../../test/failure.ts'
import { check, earlier, openRig, type RigOptions, services } from '../../test/rig.ts'
import { deploy } from './deploy.ts'
import { dropLeftOver } from './maintenance.ts'
import { migrationContainer } from './steps/migrate.ts'

const root = '/srv/shop'
const migrate = { command: ['migrate'], before: { command: ['backup'] }, maintenance: 'on' }
const note = { since: 1, deployment: 'd-old' }

/** A walk that keeps whether the page was on when these things were done. */
async function open(options: RigOptions = {}, more: object = {}) {
  const rig = await openRig({
    project: { services, check, migrate: { ...migrate, ...more } },
    live: earlier,
    ...options,
  })
  rig.engine.programs.set('backup', { exitCode: 0 })
  const seen: string[] = []
  const isOn = () => rig.maintenance.notes.has(root)
  const keep = (what: string) => void seen.push(`${what}: ${isOn() ? 'on' : 'off'}`)
  const keeping =
    <A extends unknown[], R>(real: (...all: A) => R, what: (...all: A) => string) =>
    (...all: A): R => {
      keep(what(...all))
      return real(...all)
    }
  const { engine, services: told, probe } = rig
  engine.openSource = keeping(engine.openSource, () => 'copy')
  engine.runContainer = keeping(engine.runContainer, ({ purpose }) => purpose.role)
  told.reload = keeping(told.reload, () => 'reload')
  probe.look = keeping(probe.look, () => 'check')
  return { ...rig, seen, isOn }
}

describe('the maintenance page', () => {
  it('is on from before the database is touched until the services were told, and off for the check', async () => {
    const rig = await open()

    expect((await deploy(rig.run)).outcome).toBe('live')

    expect(rig.seen).toEqual([
      'copy: off',
      'before: on',
      'migrate: on',
      'reload: on',
      'reload: on',
      'check: off',
    ])
    expect(rig.isOn()).toBe(false)
  })

  it('is not shown when the project does not want it', async () => {
    const rig = await open({}, { maintenance: 'off' })

    await deploy(rig.run)

    expect(rig.seen.filter((one) => one.endsWith('on'))).toEqual([])
  })

  it('is of the deployment that wants it', async () => {
    const rig = await open()
    const show = vi.spyOn(rig.maintenance, 'show')

    await deploy(rig.run)

    expect(show.mock.calls).toEqual([[root, { since: rig.timer.now(), deployment: 'd-want' }]])
  })

  it.each([
    ['the backup fails', 'backup', { exitCode: 1 }],
    ['the migration fails', 'migrate', { exitCode: 1 }],
    ['the migration takes too long', 'migrate', {}],
  ])('is off when %s', async (_, word, program) => {
    const rig = await open({}, { timeout: '20ms' })
    rig.engine.programs.set(word, program)

    await failureOf(deploy(rig.run))

    expect(rig.seen).toContain('before: on')
    expect(rig.isOn()).toBe(false)
  })

  it('is off when the switch is refused', async () => {
    const fence = () => Promise.reject(new SlipwayError('FENCED', 'no'))
    const rig = await open({ fence })

    expect((await failureOf(deploy(rig.run))).code).toBe('FENCED')
    expect(rig.isOn()).toBe(false)
  })

  it('is off when the services of the old release are told again and checked', async () => {
    const rig = await open({ answers: [500, 500, 200] })

    expect((await deploy(rig.run)).outcome).toBe('rolled-back')

    expect(rig.seen.filter((one) => one.startsWith('check'))).toEqual(Array(3).fill('check: off'))
  })

  it.each([
    ['goes back', {}],
    ['stays', { rollback: 'never' }],
  ])('is off when a service cannot be told and the walk %s', async (_, more) => {
    const rig = await open({ project: { services, check, migrate, ...more } })
    rig.services.deaf.add('shop-nginx')

    await deploy(rig.run)

    expect(rig.isOn()).toBe(false)
  })

  it('is off when a person takes the deployment back while it migrates', async () => {
    const rig = await open()
    rig.engine.programs.set('migrate', {})
    const reason = new SlipwayError('CANCELLED', 'no more')
    const walk = expect(deploy(rig.run)).rejects.toBe(reason)
    await vi.waitUntil(() => rig.engine.containers.has(migrationContainer('shop')))

    rig.cancel.abort(reason)

    await walk
    expect(rig.isOn()).toBe(false)
  })

  it('stays on while a migration goes on without its run, and the next run takes it away', async () => {
    const rig = await open()
    rig.engine.programs.set('migrate', {})
    const reason = new SlipwayError('INTERRUPTED', 'stop')
    const walk = expect(deploy(rig.run)).rejects.toBe(reason)
    await vi.waitUntil(() => rig.engine.containers.has(migrationContainer('shop')))

    rig.stop.abort(reason)

    await walk
    expect(rig.isOn()).toBe(true)
    const next = await open()
    rig.engine.end(migrationContainer('shop'), 0)
    const { site, engine, maintenance } = rig
    expect((await deploy({ ...next.run, site, engine, maintenance })).outcome).toBe('live')
    expect(rig.isOn()).toBe(false)
  })

  it('is off when the run has to stop before the migration began', async () => {
    const rig = await open()
    rig.engine.programs.set('backup', {})
    const reason = new SlipwayError('INTERRUPTED', 'stop')
    const walk = expect(deploy(rig.run)).rejects.toBe(reason)
    await vi.waitUntil(() => rig.engine.containers.size > 0)

    rig.stop.abort(reason)

    await walk
    expect(rig.isOn()).toBe(false)
  })

  it('that cannot be written keeps the database from being touched', async () => {
    const rig = await open()
    const full = new SlipwayError('DISK_FULL', 'no space')
    rig.maintenance.show = () => Promise.reject(full)

    expect(await failureOf(deploy(rig.run))).toBe(full)
    expect(rig.engine.ran).toEqual([])
  })

  it('that cannot be taken away is told, and the check decides', async () => {
    const rig = await open()
    rig.maintenance.hide = () => Promise.reject(new SlipwayError('RELEASE_STORE_FAILED', 'read-only'))

    expect((await deploy(rig.run)).outcome).toBe('live')
    expect(rig.report.lines).toContain('the maintenance page could not be taken away: read-only')
  })
})

describe('a maintenance page that a dead run left', () => {
  async function drop(state: string | null): Promise<[boolean, boolean]> {
    const rig = await openRig()
    await rig.maintenance.show(root, note)
    const book = { deployment: async () => (state === null ? null : ({ state } as never)) }
    const dropped = await dropLeftOver({ maintenance: rig.maintenance, store: book }, root)
    return [dropped, rig.maintenance.notes.has(root)]
  }

  it.each(['failed', 'live', 'superseded', null])(
    'goes when its deployment has ended or is not known (%s)',
    async (state) => {
      expect(await drop(state)).toEqual([true, false])
    },
  )

  it.each(['queued', 'migrate'])('stays while its deployment is still to be walked (%s)', async (state) => {
    expect(await drop(state)).toEqual([false, true])
  })
})
