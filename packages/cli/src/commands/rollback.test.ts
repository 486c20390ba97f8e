import { hostname } from 'node:os'
import type { KnownRelease } from '@slipway/core'
import type { RunEnd } from '@slipway/store'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Desk, openDesk } from '../../test/desk.ts'

let desk: Desk
const name = '1795000000000000-c0ffeec0ffee-ab12'
const digest = `sha256:${'ab'.repeat(32)}`
const who = expect.stringMatching(`.@${hostname()}$`)

beforeAll(async () => {
  desk = await openDesk()
})
beforeEach(async () => {
  await desk.redis.connection.flushall()
})
afterAll(async () => {
  await desk[Symbol.asyncDispose]()
})

const rollback = (...args: string[]) => desk.slipway('rollback', ...args)
const wantOn = (host: string, project = 'shop') => desk.storeOf(host).want(project)

function release(more: Partial<KnownRelease> = {}): KnownRelease {
  const copiedAt = desk.now - 60_000
  return { name, digest, tag: 'v7', status: 'live', seq: 7, copiedAt, present: true, live: true, ...more }
}

describe('slipway rollback', () => {
  it('wants the good release before the live one on every host, by itself, and says from where', async () => {
    await desk.storeOf('web1').saveReleases('shop', [release()])

    const { code, stdout, stderr } = await rollback('shop')

    const [one, two] = [await wantOn('web1'), await wantOn('web2')]
    expect(code).toBe(0)
    expect(stdout).toBe(
      `${one?.deployment}  shop on web1, from ${name} to the good release before it\n` +
        `${two?.deployment}  shop on web2, from what is live to the good release before it\n`,
    )
    expect(stderr).toMatch(/^Asked for by .+@.+\. The database is not rolled back\.$/m)
    for (const want of [one, two]) {
      expect(want).toMatchObject({ tag: null, digest: null, back: { release: null, digest: null } })
      expect(want?.rollout).toBeUndefined()
    }
    expect([await desk.nudges('web1'), await desk.nudges('web2')]).toEqual([1, 1])
  })

  it('records who asks, and why', async () => {
    const { stderr } = await rollback('blog', '--reason', 'the till is empty')

    const want = await wantOn('local', 'blog')
    const record = await desk.storeOf('local').deployment(want?.deployment ?? '')
    expect(record?.trigger).toEqual({ kind: 'command', by: who, reason: 'the till is empty' })
    expect(stderr).toContain(': the till is empty. The database is not rolled back.')
    const { stdout } = await desk.slipway('status', 'blog')
    expect(stdout).toMatch(/rollback by .+@.+ \(the till is empty\)/)
  })

  it.each([
    [['--to', name], { release: name, digest: null }, name],
    [['--digest', digest], { release: null, digest }, digest],
  ])('wants what is named on a named host only: %j', async (args, back, to) => {
    const { code, stdout } = await rollback('shop', ...args, '--host', 'web2')

    expect(code).toBe(0)
    expect(await wantOn('web1')).toBeNull()
    expect(await wantOn('web2')).toMatchObject({ back })
    expect(stdout).toContain(`shop on web2, from what is live to ${to}`)
  })

  it.each([
    [['shp'], 1, 'PROJECT_UNKNOWN: There is no project "shp" in the configuration; did you mean "shop"?'],
    [['shop', '--host', 'db1'], 1, 'Project shop is not on host "db1", but on web1, web2.'],
    [['shop', '--digest', 'sha256:abc'], 1, 'IMAGE_REFERENCE_INVALID: "sha256:abc" is no digest'],
    [['shop', '--to', '../shop'], 2, '"../shop" is no name of a release'],
    [['shop', '--to', name, '--digest', digest], 2, 'give --to or --digest, not both.'],
    [['shop', '--reason', 'one\ntwo'], 2, 'write the reason in one line'],
    [['shop', '--reason', ''], 2, 'write the reason in one line'],
    [['shop', '--force'], 2, '--force'],
    [[], 2, 'give one project.'],
    [['shop', 'blog'], 2, 'give one project.'],
  ])('refuses %j and writes nothing', async (args, exitCode, message) => {
    const { code, stdout, stderr } = await rollback(...args)

    expect({ code, stdout }).toEqual({ code: exitCode, stdout: '' })
    expect(stderr).toContain(message)
    expect(await desk.redis.connection.dbsize()).toBe(0)
  })

  it('says that a freeze holds it', async () => {
    await desk.slipway('freeze', 'blog', '--reason', 'an audit')

    const { code, stderr } = await rollback('blog')

    expect(code).toBe(0)
    expect(stderr).toMatch(/^It waits: blog is frozen by .*: an audit$/m)
  })

  it.each<[RunEnd, number]>([
    [{ outcome: 'live' }, 0],
    [{ outcome: 'already-live' }, 0],
    [{ outcome: 'rolled-back', errorCode: 'CHECK_FAILED' }, 1],
    [{ outcome: 'failed', errorCode: 'ROLLBACK_REFUSED' }, 1],
    [{ outcome: 'needs-operator', errorCode: 'ROLLBACK_FAILED' }, 1],
  ])('follows the log on --wait, and ends for %j with exit code %i', async (end, exitCode) => {
    const store = desk.storeOf('local')
    const running = rollback('blog', '--wait')
    const id = await vi.waitFor(async () => (await store.take('blog'))?.want.deployment ?? expect.fail(), {
      timeout: 10_000,
    })
    await store.appendLog(id, [`ROLLBACK_REFUSED: There is: ${name}.`])
    await store.finish(id, end)

    const { code, stdout } = await running

    expect(code).toBe(exitCode)
    expect(stdout.split('\n').slice(1)).toEqual([`ROLLBACK_REFUSED: There is: ${name}.`, ''])
  })
})

describe('slipway status PROJECT', () => {
  const older = '1794000000000000-0123456789ab-ab12'

  beforeEach(async () => {
    const more = { name: older, seq: 6, live: false }
    await desk
      .storeOf('web1')
      .saveReleases('shop', [
        release(),
        release({ ...more, tag: 'v6' }),
        release({ ...more, status: 'bad', tag: null, present: false }),
      ])
  })

  it('lists the releases that each host told', async () => {
    const { stdout } = await desk.slipway('status', 'shop')

    const lines = stdout.trimEnd().split('\n').slice(-4)
    expect(lines.map((line) => line.split(/ {2,}/))).toEqual([
      ['HOST', 'RELEASE', 'TAG', 'DIGEST', 'IS', 'COPIED'],
      ['web1', name, 'v7', 'abababababab', 'live', '2026-11-24 20:59:00Z'],
      ['web1', older, 'v6', 'abababababab', 'good', '2026-11-24 20:59:00Z'],
      ['web1', older, '-', 'abababababab', 'bad, folder is gone', '2026-11-24 20:59:00Z'],
    ])
  })

  it('has them as JSON, and when they were told', async () => {
    const { stdout } = await desk.slipway('status', 'shop', '--json')

    expect(JSON.parse(stdout).releases).toMatchObject([
      { host: 'web1', at: desk.now, releases: [{ name, live: true }, { name: older }, { present: false }] },
      { host: 'web2', at: null, releases: [] },
    ])
  })
})
