import { type Project, type WantedReference, wantsOf } from '@slipway/core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { projectsOf } from '../test/projects.ts'
import { startRedis, type TestRedis } from '../test/redis-server.ts'
import { recentDeployments, reportOn, reportOnAll } from './project-report.ts'
import { createPushStore, type PushStore } from './push-store.ts'
import { createRunStore, type RunEnd } from './run-store.ts'

const now = Date.UTC(2026, 10, 24, 21)
const clock = { now: () => now }
const { shop, blog } = projectsOf({
  shop: { hosts: ['web1', 'web2'], rollout: { order: 'rolling' } },
  blog: { windows: [{ cron: '0 3 * * *', duration: '1h' }] },
}) as { shop: Project; blog: Project }

let redis: TestRedis
let store: PushStore

beforeAll(async () => {
  redis = await startRedis()
  store = createPushStore({ redis: await redis.connect(), retry: { attempts: 1, delay: 1 }, clock })
})
beforeEach(async () => {
  await redis.connection.flushall()
})
afterAll(async () => {
  await store.close()
  await redis[Symbol.asyncDispose]()
})

async function push(name: string, project: Project, tag: string): Promise<string[]> {
  const reference: WantedReference = { tag, digest: null }
  const accepted = await store.accept(wantsOf(name, project, reference), { kind: 'command', by: 'ada' })
  return accepted.map(({ deployment }) => deployment)
}

async function end(host: string, id: string | undefined, run: RunEnd): Promise<void> {
  await createRunStore(redis.connection, host, clock).finish(id ?? '', run)
}

const report = (name: string, project: Project) =>
  reportOn({ redis: redis.connection, clock, freezes: [] }, name, project)

describe('the report on a project', () => {
  it('has nothing but its hosts before the first push', async () => {
    const found = await report('shop', shop)

    const empty = { freeze: null, live: null, last: null }
    expect(found).toEqual({
      project: 'shop',
      window: { open: true },
      hosts: [
        { host: 'web1', ...empty },
        { host: 'web2', ...empty },
      ],
      rollout: null,
    })
  })

  it('finds what is live behind what came last', async () => {
    const [first] = await push('blog', blog, 'latest')
    await end('local', first, { outcome: 'live' })
    const [second] = await push('blog', blog, 'latest')
    await end('local', second, { outcome: 'failed' })

    const { hosts } = await report('blog', blog)

    expect(hosts).toMatchObject([
      { live: { id: first, state: 'live' }, last: { id: second, state: 'failed' } },
    ])
  })

  it('says when a closed window opens', async () => {
    const { window } = await report('blog', blog)

    expect(window).toEqual({ open: false, opensAt: Date.UTC(2026, 10, 25, 3) })
  })

  it('shows whose turn it is in the newest rollout', async () => {
    await push('shop', shop, 'latest')
    const ids = await push('shop', shop, 'latest')

    const { rollout } = await report('shop', shop)

    expect(rollout).toMatchObject({
      isStopped: false,
      tag: 'latest',
      policy: { order: 'rolling', maxFailures: 0 },
      hosts: [
        { host: 'web1', deployment: ids[0], state: 'queued', turn: 'go' },
        { host: 'web2', deployment: ids[1], state: 'queued', turn: 'wait' },
      ],
    })
  })

  it('says that a rollout was stopped', async () => {
    const [first] = await push('shop', shop, 'latest')
    await end('web1', first, { outcome: 'rolled-back' })

    const { rollout } = await report('shop', shop)

    expect(rollout).toMatchObject({ isStopped: true, hosts: [{ state: 'rolled-back' }, { turn: 'stop' }] })
  })

  it('covers every project in the order of the configuration, however many there are', async () => {
    const many = projectsOf(Object.fromEntries(Array.from({ length: 230 }, (_, at) => [`site-${at}`, {}])))

    const found = await reportOnAll({ redis: redis.connection, clock, freezes: [] }, many)

    expect(found.map(({ project }) => project)).toEqual(Object.keys(many))
  })

  it('lists the newest deployments of all hosts, newest first', async () => {
    const first = await push('shop', shop, 'latest')
    const second = await push('shop', shop, 'latest')

    const found = await recentDeployments(redis.connection, 'shop', shop, 3)

    expect(found.slice(0, 2).map(({ id }) => id)).toEqual(expect.arrayContaining(second))
    expect(first).toContain(found[2]?.id)
    expect(found).toHaveLength(3)
  })
})
