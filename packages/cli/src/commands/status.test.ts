import { connectFailingFast, createPushStore, createRunStore } from '@slipway/store'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startRedis, type TestRedis } from '../../test/redis-server.ts'
import { type ConfigFile, image, siteConfig, writeConfig } from '../../test/site-config.ts'
import { slipway } from '../../test/slipway-process.ts'

const digest = `sha256:${'c0ffee'.repeat(10)}abcd`
const clock = { now: () => Date.UTC(2026, 10, 23, 9, 30) }
const release = '1795000000000000-c0ffeec0ffee-ab12'

let redis: TestRedis
let config: ConfigFile
let ids: string[]

beforeAll(async () => {
  redis = await startRedis()
  config = await writeConfig(siteConfig(redis.url))
  ids = [await deployed('1.2.0'), await deployed('1.3.0')]
  const store = createRunStore(redis.connection, 'web1', clock)
  await store.finish(ids[0] ?? '', { outcome: 'live', resolvedDigest: digest, release })
  await store.finish(ids[1] ?? '', {
    outcome: 'rolled-back',
    errorCode: 'CHECK_FAILED',
    why: 'answered\n503',
  })
  await store.appendLog(ids[1] ?? '', ['[check] begins', '[check] failed'])
})
afterAll(async () => {
  await redis[Symbol.asyncDispose]()
  await config[Symbol.asyncDispose]()
})

async function deployed(tag: string): Promise<string> {
  const connection = connectFailingFast({ url: redis.url, username: undefined, password: undefined })
  await new Promise((resolve) => connection.once('ready', resolve))
  const store = createPushStore({ redis: connection, retry: { attempts: 1, delay: 1 }, clock })
  const wanted = { project: 'shop', host: 'web1', image, tag, digest: null }
  const [accepted] = await store.accept([wanted], { kind: 'command', by: 'ada@desk' })
  await store.close()
  return accepted?.deployment ?? ''
}

describe('slipway status', () => {
  it('shows for each project and host what is live and what came last', async () => {
    const { code, stdout, stderr } = await slipway(['status', '--config', config.path])

    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
      ['PROJECT', 'HOST', 'DEPLOYS', 'LIVE', 'LAST', 'TAG', 'DIGEST', 'RELEASE', 'WHEN', 'WHY'],
      [
        'shop',
        'web1',
        'go',
        '1.2.0',
        'rolled-back',
        '1.3.0',
        '-',
        '-',
        '2026-11-23 09:30:00Z',
        'CHECK_FAILED: answered 503',
      ],
      ['shop', 'web2', 'go', '-', '-', '-', '-', '-', '-'],
      ['blog', 'local', 'go', '-', '-', '-', '-', '-', '-'],
      [''],
    ])
  })

  it('shows the last deployments of one project, newest first', async () => {
    const { code, stdout } = await slipway(['status', 'shop', '--config', config.path])

    expect(code).toBe(0)
    const lines = stdout.split('\n')
    expect(lines.map((line) => line.split(' ')[0])).toEqual(['DEPLOYMENT', ids[1], ids[0], ''])
    expect(lines[2]).toContain(`live         1.2.0  c0ffeec0ffee  ${release}`)
  })

  it('shows the same as JSON', async () => {
    const all = await slipway(['status', '--json', '--config', config.path])
    const one = await slipway(['status', 'shop', '--json', '--config', config.path])

    expect(JSON.parse(all.stdout)[0]).toMatchObject({
      freeze: null,
      window: { open: true },
      rollout: null,
      project: 'shop',
      host: 'web1',
      live: { id: ids[0], resolvedDigest: digest },
      last: { id: ids[1], state: 'rolled-back' },
    })
    expect(JSON.parse(one.stdout)).toMatchObject({
      project: 'shop',
      hosts: [{ host: 'web1', live: { id: ids[0] } }, { host: 'web2' }],
      deployments: [{ id: ids[1] }, { id: ids[0] }],
    })
  })

  it('knows no other project', async () => {
    const { code, stderr } = await slipway(['status', 'shops', '--config', config.path])

    expect(code).toBe(1)
    expect(stderr).toContain('did you mean "shop"?')
  })
})

describe('slipway logs', () => {
  it('prints the log of a deployment on whichever host it was', async () => {
    const { code, stdout, stderr } = await slipway(['logs', ids[1] ?? '', '--config', config.path])

    expect({ code, stdout, stderr }).toEqual({
      code: 0,
      stdout: '[check] begins\n[check] failed\n',
      stderr: 'shop on web1: rolled-back\n',
    })
  })

  it('says that no host knows an id', async () => {
    const { code, stdout, stderr } = await slipway(['logs', 'd0', '--config', config.path])

    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toBe('No host of the configuration knows the deployment "d0".\n')
  })
})
