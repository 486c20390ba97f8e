import { hostname } from 'node:os'
import { createRunStore } from '@slipway/store'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { startRedis, type TestRedis } from '../../test/redis-server.ts'
import { type ConfigFile, image, siteConfig, writeConfig } from '../../test/site-config.ts'
import { slipway, startSlipway } from '../../test/slipway-process.ts'

let redis: TestRedis
let config: ConfigFile

beforeAll(async () => {
  redis = await startRedis()
  config = await writeConfig(siteConfig(redis.url))
})
beforeEach(async () => {
  await redis.connection.flushall()
})
afterAll(async () => {
  await redis[Symbol.asyncDispose]()
  await config[Symbol.asyncDispose]()
})

const deploy = (...args: string[]) => slipway(['deploy', ...args, '--config', config.path])
const storeOf = (host: string) => createRunStore(redis.connection, host, Date)

describe('slipway deploy', () => {
  it('wants the default tag on every host of the project and prints the deployments', async () => {
    const { code, stdout, stderr } = await deploy('shop')

    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    for (const [at, host] of ['web1', 'web2'].entries()) {
      const want = await storeOf(host).want('shop')
      expect(want).toMatchObject({ project: 'shop', host, image, tag: 'latest', digest: null })
      expect(stdout.split('\n')[at]).toBe(`${want?.deployment}  shop on ${host}`)
      const deployment = await storeOf(host).deployment(want?.deployment ?? '')
      expect(deployment?.trigger).toEqual({ kind: 'command', by: expect.stringMatching(`.@${hostname()}$`) })
      expect(await redis.connection.llen(`slipway:{${host}}:deploy-${host}:wait`)).toBe(1)
    }
  })

  it('wants a named tag on a named host only', async () => {
    const { code } = await deploy('shop', '--tag', 'v1.4.0', '--host', 'web2')

    expect(code).toBe(0)
    expect(await storeOf('web1').want('shop')).toBeNull()
    expect(await storeOf('web2').want('shop')).toMatchObject({ tag: 'v1.4.0', digest: null })
  })

  it('wants a digest without a tag', async () => {
    const digest = `sha256:${'ab'.repeat(32)}`

    const { code } = await deploy('blog', '--digest', digest)

    expect(code).toBe(0)
    expect(await storeOf('local').want('blog')).toMatchObject({ tag: null, digest })
  })

  it.each([
    [['shp'], 1, 'PROJECT_UNKNOWN: There is no project "shp" in the configuration; did you mean "shop"?'],
    [['constructor'], 1, 'PROJECT_UNKNOWN: There is no project "constructor"'],
    [['shop', '--tag', 'nightly'], 1, 'TAG_NOT_FOLLOWED: Project shop does not follow the tag "nightly".'],
    [['shop', '--tag', '2.0.0'], 1, 'TAG_NOT_FOLLOWED'],
    [['shop', '--tag', 'a tag'], 1, 'IMAGE_REFERENCE_INVALID: "a tag" is not a tag.'],
    [['shop', '--digest', 'sha256:abc'], 1, 'IMAGE_REFERENCE_INVALID: "sha256:abc" is no digest'],
    [['shop', '--host', 'db1'], 1, 'Project shop is not on host "db1", but on web1, web2.'],
    [['blog'], 2, 'name a tag with --tag: "blog" follows no exact one.'],
    [['shop', '--tag', 'latest', '--digest', 'x'], 2, 'give a tag or a digest, not both.'],
  ])('refuses %j and writes nothing', async (args, exitCode, message) => {
    const { code, stdout, stderr } = await deploy(...args)

    expect({ code, stdout }).toEqual({ code: exitCode, stdout: '' })
    expect(stderr).toContain(message)
    expect(await redis.connection.dbsize()).toBe(0)
  })

  it('follows the log until the end on --wait', async () => {
    await using running = startSlipway(['deploy', 'blog', '--tag', 'v7', '--wait', '--config', config.path])
    const store = storeOf('local')
    const taken = await vi.waitFor(async () => (await store.take('blog')) ?? expect.fail(), {
      timeout: 10_000,
    })
    const id = taken.want.deployment

    await store.appendLog(id, ['[resolve] begins'])
    await vi.waitFor(() => expect(running.stdout()).toContain('[resolve] begins'), { timeout: 10_000 })
    await store.appendLog(id, ['outcome: live'])
    await store.finish(id, { outcome: 'live' })

    const { code, stdout } = await running.ended
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: `${id}  blog on local\n[resolve] begins\noutcome: live\n`,
    })
  })

  it.each([
    ['already-live', 0],
    ['live-with-warnings', 0],
    ['rolled-back', 1],
    ['failed', 1],
    ['superseded', 1],
    ['needs-operator', 1],
  ] as const)('ends --wait for %s with exit code %i', async (outcome, exitCode) => {
    await using running = startSlipway(['deploy', 'blog', '--tag', 'v7', '--wait', '--config', config.path])
    const store = storeOf('local')
    const taken = await vi.waitFor(async () => (await store.take('blog')) ?? expect.fail(), {
      timeout: 10_000,
    })

    await store.finish(taken.want.deployment, { outcome })

    expect((await running.ended).code).toBe(exitCode)
  })

  it('says that Redis does not answer', async () => {
    await using elsewhere = await writeConfig(siteConfig('unix:///nowhere/redis.sock'))

    const { code, stdout, stderr } = await slipway(['deploy', 'shop', '--config', elsewhere.path])

    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(/^REDIS_UNAVAILABLE: Redis does not answer at unix:\/\/\/nowhere\/redis.sock/)
  })
})
