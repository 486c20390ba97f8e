import { currentTarget, SlipwayError } from '@slipway/core'
import { describe, expect, it } from 'vitest'
import { failureOf } from '../../../test/failure.ts'
import type { Behaviour } from '../../../test/fakes/fake-probe.ts'
import { checkUrl, earlier, openRig, remembered, wanted } from '../../../test/rig.ts'
import { deploy } from '../deploy.ts'
import { checkHealth } from './check.ts'

const site = { url: checkUrl }

async function look(check: object | readonly object[], sites: Readonly<Record<string, Behaviour[]>>) {
  const rig = await openRig({ project: { check } })
  for (const [target, behaviours] of Object.entries(sites)) rig.probe.sites.set(target, [...behaviours])
  const { check: checks } = rig.site.config
  const checking = checkHealth(rig.run, checks, rig.run.signal)
  return { ...rig, checking, lines: () => rig.report.lines.filter((line) => line.startsWith('[check]')) }
}

describe('a check', () => {
  it('passes at the first good look', async () => {
    const { checking, timer, lines } = await look(site, { [checkUrl]: [200] })

    await checking

    expect(timer.pauses).toEqual([])
    expect(lines()).toEqual([`[check] GET ${checkUrl} answered 200`])
  })

  it('is repeated in its interval, as often as it may be', async () => {
    const check = { ...site, retries: 2, interval: '3s' }
    const { checking, timer } = await look(check, { [checkUrl]: [500, 'refuses', 200] })

    await checking

    expect(timer.pauses).toEqual([3_000, 3_000])
  })

  it('that fails says which it is, what was expected, what it saw last, and how often', async () => {
    const check = { ...site, status: [200, 204], text: 'well', retries: 2 }
    const { checking } = await look(check, { [checkUrl]: [500, 500, 'refuses'] })

    const error = await failureOf(checking)

    expect(error.code).toBe('CHECK_FAILED')
    expect(error.message).toBe(
      `GET ${checkUrl} has to answer 200 or 204 with the text "well", but it failed 3 times, the last time: ` +
        'it gave no answer (connection refused).',
    )
  })

  it.each([
    [{ tcp: 'db:3306' }, 'tcp db:3306 has to take a connection'],
    [{ exec: { container: 'web', command: ['php', 'ok.php'] } }, 'php in web has to end with exit code 0'],
    [{ health: 'web' }, 'the container web has to be healthy'],
  ])('of any kind says what it is: %j', async (check, words) => {
    const { checking } = await look({ ...check, retries: 0 }, {})

    expect((await failureOf(checking)).message).toBe(
      `${words}, but it failed: it gave no answer (connection refused).`,
    )
  })

  it('tells no user and no password of its URL', async () => {
    const url = 'http://ada:hunter2@127.0.0.1/health'
    const { checking, lines } = await look({ url, retries: 1 }, { [url]: [500] })

    const { message } = await failureOf(checking)

    expect([message, ...lines()].join('\n')).not.toMatch(/ada|hunter2/)
    expect(message).toContain('http://127.0.0.1/health')
  })

  it('passes after so many good looks in a row, and begins to count anew after a bad one', async () => {
    const check = { ...site, successes: 2, retries: 1 }
    const { checking, timer } = await look(check, { [checkUrl]: [200, 500, 200, 200] })

    await checking

    expect(timer.pauses).toHaveLength(3)
  })

  it('fails when it is well now and then only', async () => {
    const check = { ...site, successes: 2, retries: 1 }
    const { checking } = await look(check, { [checkUrl]: [200, 500, 200, 500, 200] })

    expect((await failureOf(checking)).message).toContain('it failed 2 times')
  })

  it('waits for a container that is starting, however few its retries are', async () => {
    const check = { health: 'web', retries: 0, interval: '0s' }
    const { checking, timer } = await look(check, { web: ['starting', 'starting', 'starting', 'healthy'] })

    await checking

    expect(timer.pauses).toEqual([1_000, 1_000, 1_000])
  })

  it('does not fill the log with what stays as it is', async () => {
    const { checking, lines } = await look({ ...site, retries: 999 }, { [checkUrl]: [503] })

    await failureOf(checking)

    const what = `[check] GET ${checkUrl} answered 503`
    expect(lines().slice(0, 4)).toEqual([what, `${what} (2 times)`, `${what} (4 times)`, `${what} (8 times)`])
    expect(lines()).toHaveLength(10)
  })

  it('comes after those before it, and not when one of them fails', async () => {
    const checks = [{ tcp: 'a:1' }, { ...site, retries: 0 }, { health: 'web' }]
    const sites = { 'a:1': ['connects'], web: ['healthy'] } as const
    const well = await look(checks, { ...sites, 'a:1': ['connects'], web: ['healthy'], [checkUrl]: [200] })
    await well.checking
    const bad = await look(checks, { 'a:1': ['connects'], web: ['healthy'], [checkUrl]: [500] })
    await failureOf(bad.checking)

    expect(well.probe.looked).toEqual(['a:1', checkUrl, 'web'])
    expect(bad.probe.looked).toEqual(['a:1', checkUrl])
  })
})

describe('the watch window', () => {
  const check = { ...site, retries: 1, interval: '10s' }

  it('repeats the checks for so long, and only then is the release live', async () => {
    const rig = await openRig({ project: { check, watch: '1m' }, live: earlier })
    const during: unknown[] = []
    const real = rig.probe.look
    rig.probe.look = async (one, signal) => {
      during.push((await remembered(rig)).live)
      return real(one, signal)
    }

    const end = await deploy(rig.run)

    expect(end.outcome).toBe('live')
    expect(during).toEqual(Array(7).fill(earlier.name))
    expect(rig.timer.pauses).toEqual(Array(6).fill(10_000))
    expect(rig.report.states.at(-1)).toBe('check')
    expect(rig.report.lines).toContain('[check] watching for 60 s')
    expect(rig.report.lines).toContain('[check] it was well for 60 s')
  })

  it('looks once a second at most', async () => {
    const rig = await openRig({ project: { check: { ...check, interval: '0s' }, watch: '3500ms' } })

    await deploy(rig.run)

    expect(rig.timer.pauses).toEqual([1_000, 1_000, 1_000, 500])
  })

  it('takes the way of a failed check when a check fails in it', async () => {
    const answers = [200, 200, 500, 500, 200]
    const rig = await openRig({ project: { check, watch: '1m' }, live: earlier, answers })

    const end = await deploy(rig.run)

    expect(end).toMatchObject({ outcome: 'rolled-back', errorCode: 'CHECK_FAILED' })
    expect(await rig.releases.current()).toBe(currentTarget(earlier))
    expect((await rig.releases.state()).held).toContain(wanted)
    expect(rig.report.lines.filter((line) => line.includes('watching'))).toHaveLength(1)
  })

  it('lets a site recover within the retries of its check, and tells of it', async () => {
    const answers = [200, 500, 200, 500, 200]
    const rig = await openRig({ project: { check, watch: '1m' }, live: earlier, answers })

    const end = await deploy(rig.run)

    expect(end.outcome).toBe('live')
    expect(rig.report.lines).toContain(`[check] GET ${checkUrl} failed 2 times and recovered each time`)
  })

  it('wants as many good looks after a bad one as the check does', async () => {
    const answers = [200, 200, 500, 200, 500, 200]
    const project = { check: { ...check, successes: 2 }, watch: '1m' }
    const rig = await openRig({ project, live: earlier, answers: [200, ...answers] })

    expect((await deploy(rig.run)).outcome).toBe('rolled-back')
  })

  it('does not end while a check fails', async () => {
    const answers = [200, 500, 500, 500, 200]
    const project = { check: { ...check, retries: 2 }, watch: '10s' }
    const rig = await openRig({ project, live: earlier, answers })

    expect((await deploy(rig.run)).outcome).toBe('rolled-back')
  })

  it('repeats each of several checks, and one that fails ends the others', async () => {
    const checks = [check, { tcp: 'a:1', retries: 0, interval: '7s' }]
    const rig = await openRig({ project: { check: checks, watch: '1m' }, live: earlier })
    rig.probe.sites.set('a:1', ['connects', 'connects', 'connects', 'refuses', 'connects'])

    const end = await deploy(rig.run)

    expect(end.why).toContain('tcp a:1 has to take a connection')
    expect(rig.probe.looked.slice(0, 2)).toEqual([checkUrl, 'a:1'])
    expect(rig.probe.looked.slice(2)).toContain(checkUrl)
  })

  it('has nothing to do without a check', async () => {
    const rig = await openRig({ project: { watch: '1h' } })

    expect((await deploy(rig.run)).outcome).toBe('live')
    expect(rig.begun()).not.toContain('check')
  })

  it.each([
    ['goes back', 'cancel', { outcome: 'cancelled' }],
    ['leaves everything to the next start', 'stop', null],
  ] as const)('%s when a %s comes in it', async (_, which, ending) => {
    const rig = await openRig({ project: { check, watch: '1m' }, live: earlier })
    const reason = new SlipwayError(which === 'cancel' ? 'CANCELLED' : 'INTERRUPTED', 'enough')
    const real = rig.timer.sleep
    rig.timer.sleep = async (milliseconds, signal) => {
      rig[which].abort(reason)
      return real(milliseconds, signal)
    }

    const walk = deploy(rig.run)

    if (ending) expect(await walk).toMatchObject(ending)
    else await expect(walk).rejects.toBe(reason)
    expect((await rig.releases.intent()) === null).toBe(ending !== null)
  })
})
