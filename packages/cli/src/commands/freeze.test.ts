import { hostname } from 'node:os'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Desk, openDesk } from '../../test/desk.ts'
import { runHere } from '../../test/run-here.ts'
import { writeConfig } from '../../test/site-config.ts'

const hour = 3_600_000

let desk: Desk

beforeAll(async () => {
  desk = await openDesk()
})
beforeEach(async () => {
  await desk.redis.connection.flushall()
})
afterAll(async () => {
  await desk[Symbol.asyncDispose]()
})

const freezeOf = (host: string, project: string) => desk.storeOf(host).freeze(project)

describe('slipway freeze', () => {
  it('freezes a project on all of its hosts until somebody ends it', async () => {
    const { code, stdout, stderr } = await desk.slipway('freeze', 'shop', '--reason', 'Black Friday')

    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/^shop is frozen by \S+@\S+ since 2026-11-24 21:00Z: Black Friday\n$/)
    const frozen = {
      project: 'shop',
      by: expect.stringMatching(`.@${hostname()}$`),
      since: desk.now,
      until: null,
      reason: 'Black Friday',
    }
    expect(await freezeOf('web1', 'shop')).toEqual(frozen)
    expect(await freezeOf('web2', 'shop')).toEqual(frozen)
    expect(await freezeOf('local', 'blog')).toBeNull()
  })

  it('freezes everything on every host', async () => {
    const { code, stdout } = await desk.slipway('freeze', '--reason', 'audit')

    expect(code).toBe(0)
    expect(stdout).toContain('everything is frozen by')
    expect(await freezeOf('local', 'blog')).toMatchObject({ project: null })
    expect(await freezeOf('web2', 'shop')).toMatchObject({ project: null })
  })

  it.each([
    ['2h', 2 * hour],
    ['2026-11-25T08:00+08:00', 3 * hour],
    ['2026-11-25 00:00Z', 3 * hour],
  ])('ends at %s', async (until, after) => {
    const { code } = await desk.slipway('freeze', 'blog', '--reason', 'audit', '--until', until)

    expect(code).toBe(0)
    expect((await freezeOf('local', 'blog'))?.until).toBe(desk.now + after)
  })

  it('says whose freeze it takes the place of', async () => {
    await desk.slipway('freeze', 'blog', '--reason', 'audit')

    const { stdout, stderr } = await desk.slipway('freeze', 'blog', '--reason', 'longer audit')

    expect(stdout).toContain(': longer audit')
    expect(stderr).toMatch(/^In the place of: blog is frozen by .*: audit\n$/)
  })

  it.each([
    [['blog'], 'say why with --reason.'],
    [['blog', '--reason', ''], 'say why with --reason.'],
    [['blog', '--reason', '  '], 'say why with --reason.'],
    [['blog', '--reason', 'x'.repeat(501)], 'a reason is one line of at most 500 characters'],
    [['blog', '--reason', 'a\nb'], 'without control characters'],
    [['blog', '--reason', 'a\u001b[2J'], 'without control characters'],
    [['blog', '--reason', 'a', '--until', '2026-11-24T20:59Z'], 'write a time that is ahead'],
    [['blog', '--reason', 'a', '--until', '2026-12-24T20:59'], 'with its zone'],
    [['blog', '--reason', 'a', '--until', 'tomorrow'], '"tomorrow" is no --until'],
    [['blog', 'shop', '--reason', 'a'], 'give one project, or none for all.'],
  ])('refuses the command line %j and writes nothing', async (args, message) => {
    const { code, stdout, stderr } = await desk.slipway('freeze', ...args)

    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain(message)
    expect(await desk.redis.connection.dbsize()).toBe(0)
  })

  it.each(['shp', 'constructor'])('knows no project %s', async (name) => {
    const { code, stderr } = await desk.slipway('freeze', name, '--reason', 'audit')

    expect(code).toBe(1)
    expect(stderr).toContain('PROJECT_UNKNOWN')
    expect(await desk.redis.connection.dbsize()).toBe(0)
  })

  it('fails where there is nothing to freeze', async () => {
    await using config = await writeConfig(`redis: { url: '${desk.redis.url}' }\n`)

    const { code, stderr } = await runHere(['freeze', '--reason', 'audit', '--config', config.path])

    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: 'The configuration has no projects that could be frozen.\n',
    })
  })
})

describe('slipway unfreeze', () => {
  it('ends the freeze of a project and wakes the workers for what waits', async () => {
    await desk.slipway('freeze', 'shop', '--reason', 'audit')
    await desk.deploy('shop')
    await Promise.all(['web1', 'web2'].map(desk.dropNudges))

    const { code, stdout, stderr } = await desk.slipway('unfreeze', 'shop')

    expect({ code, stdout, stderr }).toEqual({
      code: 0,
      stdout: 'The freeze of shop has ended.\n',
      stderr: '',
    })
    expect(await freezeOf('web1', 'shop')).toBeNull()
    expect([await desk.nudges('web1'), await desk.nudges('web2')]).toEqual([1, 1])
  })

  it('says when nothing was frozen', async () => {
    const one = await desk.slipway('unfreeze', 'shop')
    const all = await desk.slipway('unfreeze')

    expect([one.code, one.stdout]).toEqual([0, 'There was no freeze of shop.\n'])
    expect([all.code, all.stdout]).toEqual([0, 'There was no freeze of everything.\n'])
  })

  it('says that the freeze of everything still holds', async () => {
    await desk.slipway('freeze', '--reason', 'audit')
    await desk.slipway('freeze', 'shop', '--reason', 'sale')

    const { stdout, stderr } = await desk.slipway('unfreeze', 'shop')

    expect(stdout).toBe('The freeze of shop has ended.\n')
    expect(stderr).toMatch(/^Deploys still wait: everything is frozen by .*: audit\n$/)
  })

  it('says which projects stay frozen by themselves', async () => {
    await desk.slipway('freeze', '--reason', 'audit')
    await desk.slipway('freeze', 'shop', '--reason', 'sale')

    const { stdout, stderr } = await desk.slipway('unfreeze')

    expect(stdout).toBe('The freeze of everything has ended.\n')
    expect(stderr).toMatch(/^Deploys still wait: shop is frozen by .*: sale\n$/)
  })
})
