import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Desk, openDesk } from '../../test/desk.ts'
import { runHere } from '../../test/run-here.ts'
import { type ConfigFile, siteConfig, writeConfig } from '../../test/site-config.ts'

let desk: Desk
let windowed: ConfigFile

beforeAll(async () => {
  desk = await openDesk()
  windowed = await writeConfig(
    `${siteConfig(desk.redis.url)}    windows: [{ cron: '0 3 * * *', duration: 1h }]\n`,
  )
})
beforeEach(async () => {
  await desk.redis.connection.flushall()
})
afterAll(async () => {
  await windowed[Symbol.asyncDispose]()
  await desk[Symbol.asyncDispose]()
})

const freeze = (...args: string[]) => desk.slipway('freeze', ...args)
const lines = async (...args: string[]) =>
  (await desk.slipway('status', ...args)).stdout.trimEnd().split('\n')
const atWindow = (...args: string[]) => runHere([...args, '--config', windowed.path], () => desk.now)

describe('slipway status, of what is held back', () => {
  it('says at the top that everything is frozen', async () => {
    await freeze('--reason', 'audit', '--until', '2h')

    const [first, , ...rows] = await lines()

    expect(first).toMatch(
      /^everything is frozen by \S+ since 2026-11-24 21:00Z until 2026-11-24 23:00Z: audit$/,
    )
    expect(rows.map((row) => row.split(/ {2,}/).slice(0, 3))).toEqual([
      ['shop', 'web1', 'frozen'],
      ['shop', 'web2', 'frozen'],
      ['blog', 'local', 'frozen'],
    ])
  })

  it('marks the project that is frozen by itself, and says below who did it', async () => {
    await freeze('shop', '--reason', 'sale')

    const [, ...rows] = await lines()

    expect(rows.slice(0, 3).map((row) => row.split(/ {2,}/)[2])).toEqual(['frozen', 'frozen', 'go'])
    expect(rows[3]).toMatch(/^shop is frozen by .*: sale$/)
    expect(rows).toHaveLength(4)
  })

  it('names the hosts of a freeze that is older than a host of the project', async () => {
    await freeze('shop', '--reason', 'sale')
    await desk.redis.connection.del('slipway:{web2}:freezes')

    expect((await lines('shop'))[0]).toMatch(/^shop on web1 is frozen by/)
  })

  it('shows both freezes of one project', async () => {
    await freeze('shop', '--reason', 'sale')
    await freeze('--reason', 'audit')

    const [first, second] = await lines('shop')

    expect(first).toMatch(/^everything is frozen by .*: audit$/)
    expect(second).toMatch(/^shop is frozen by .*: sale$/)
  })

  it('has the freeze, the window and the rollout as JSON too', async () => {
    await freeze('shop', '--reason', 'sale')
    const ids = await desk.deploy('shop')

    const all = JSON.parse((await desk.slipway('status', '--json')).stdout)
    const one = JSON.parse((await desk.slipway('status', 'shop', '--json')).stdout)

    const freezeFields = { project: 'shop', until: null, reason: 'sale' }
    const rollout = { isStopped: false, hosts: ids.map((deployment) => ({ deployment, state: 'queued' })) }
    expect(all).toMatchObject([
      { project: 'shop', host: 'web1', freeze: freezeFields, window: { open: true }, rollout },
      { project: 'shop', host: 'web2', freeze: freezeFields, window: { open: true }, rollout },
      { project: 'blog', host: 'local', freeze: null, window: { open: true }, rollout: null },
    ])
    expect(one).toMatchObject({ hosts: [{ freeze: freezeFields }, { freeze: freezeFields }], rollout })
  })

  it('says when the maintenance window of a project opens', async () => {
    const closed = await atWindow('status')
    const one = await atWindow('status', 'blog', '--json')

    expect(closed.stdout).toMatch(/^blog +local +closed /m)
    expect(closed.stdout).toContain(
      'the maintenance window of blog is closed; it opens at 2026-11-25 03:00Z\n',
    )
    expect(JSON.parse(one.stdout)).toMatchObject({
      window: { open: false, opensAt: Date.UTC(2026, 10, 25, 3) },
    })
  })

  it('says why a deployment waits', async () => {
    const [id = ''] = await desk.deploy('blog', '--tag', 'v7')
    await desk.storeOf('local').wait(id, 'waits for its maintenance window')

    expect((await lines('blog')).at(-1)).toMatch(/queued .* waits for its maintenance window$/)
  })

  it('shows how far each host of the newest rollout has come', async () => {
    const [first = '', second = ''] = await desk.deploy('shop')
    await desk.storeOf('web1').finish(first, { outcome: 'rolled-back' })

    const [head, ...rows] = await lines('shop')
    const below = (await lines()).at(-1)

    expect(head).toMatch(
      /^rollout r[0-9a-z]{13} of latest \(parallel, stopped because too many hosts failed\)$/,
    )
    expect(rows.slice(0, 2)).toEqual([
      `  web1  ${first}  rolled-back`,
      `  web2  ${second}  queued       is not started`,
    ])
    expect(below).toMatch(/^the rollout r[0-9a-z]{13} of shop was stopped: too many hosts failed$/)
  })
})

describe('slipway deploy, of what is held back', () => {
  it('says that a freeze holds it, whoever insists', async () => {
    await freeze('blog', '--reason', 'audit')

    const plain = await desk.slipway('deploy', 'blog', '--tag', 'v7')
    const forced = await desk.slipway('deploy', 'blog', '--tag', 'v7', '--force')

    expect([plain.code, forced.code]).toEqual([0, 0])
    expect(plain.stdout).toMatch(/^d[0-9a-z]{13} {2}blog on local\n$/)
    expect(plain.stderr).toMatch(/^It waits: blog is frozen by .*: audit\n$/)
    expect(forced.stderr).toContain('--force does not pass a freeze; `slipway unfreeze` ends it.\n')
  })

  it('says that the window is closed, unless it is passed', async () => {
    const plain = await atWindow('deploy', 'blog', '--tag', 'v7')
    const forced = await atWindow('deploy', 'blog', '--tag', 'v7', '--force')

    expect(plain.stderr).toBe(
      'It waits: the maintenance window of blog is closed; it opens at 2026-11-25 03:00Z. `slipway deploy blog --force` does not wait.\n',
    )
    expect(forced).toMatchObject({ code: 0, stderr: '' })
  })

  it('says nothing of a freeze that is over', async () => {
    await freeze('blog', '--reason', 'audit', '--until', '1m')
    desk.now += 60_000

    const { stderr } = await desk.slipway('deploy', 'blog', '--tag', 'v7')

    expect(stderr).toBe('')
  })

  it('makes one rollout of the hosts of a project', async () => {
    await desk.deploy('shop')

    const [first, second] = await Promise.all(['web1', 'web2'].map((host) => desk.storeOf(host).want('shop')))
    expect(first?.rollout).toMatchObject({ home: 'web1' })
    expect(second).toMatchObject({ rollout: first?.rollout, seq: first?.seq })
  })
})
