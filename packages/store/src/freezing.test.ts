import { deployQueueName, type Freeze, keyPrefix, wantsOf } from '@slipway/core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { projectsOf } from '../test/projects.ts'
import { startRedis, type TestRedis } from '../test/redis-server.ts'
import { type Control, createControl } from './control.ts'
import { freezeOn, freezeProjects, heldFreezes, unfreezeProjects } from './freezing.ts'
import { createPushStore, type PushStore } from './push-store.ts'

const projects = projectsOf({ shop: { hosts: ['web1', 'web2'] }, blog: { hosts: ['web1'] }, wiki: {} })
const hosts = ['local', 'web1', 'web2']
const now = Date.UTC(2026, 10, 24, 21)
const retry = { attempts: 1, delay: 1 }
const clock = { now: () => now }

let redis: TestRedis
let control: Control
let store: PushStore

beforeAll(async () => {
  redis = await startRedis()
  control = createControl({ redis: redis.connection, retry, clock })
  store = createPushStore({ redis: await redis.connect(), retry, clock })
})
beforeEach(async () => {
  await redis.connection.flushall()
})
afterAll(async () => {
  await store.close()
  await control.close()
  await redis[Symbol.asyncDispose]()
})

function freezeOf(project: string | null, until: number | null = null): Freeze {
  return { project, by: 'ada@desk', since: now - 60_000, until, reason: 'audit' }
}

async function push(name: 'shop' | 'blog'): Promise<void> {
  const project = projects[name]
  if (!project) throw new Error(name)
  await store.accept(wantsOf(name, project, { tag: 'latest', digest: null }), { kind: 'command', by: 'ada' })
}

const nudged = (host: string) => redis.connection.llen(`${keyPrefix(host)}:${deployQueueName(host)}:wait`)

/** What a worker does when it finds that a deployment has to wait: the nudge is gone. */
async function dropJobs(host: string): Promise<void> {
  const keys = await redis.connection.keys(`${keyPrefix(host)}:${deployQueueName(host)}:*`)
  if (keys.length > 0) await redis.connection.del(...keys)
}

describe('freezing', () => {
  it('freezes a project on all of its hosts and nowhere else', async () => {
    await freezeProjects(control, projects, freezeOf('shop'))

    const held = await heldFreezes(redis.connection, hosts, now)

    expect(held).toEqual([{ ...freezeOf('shop'), hosts: ['web1', 'web2'] }])
    expect(freezeOn(held, 'web1', 'shop')).toEqual(freezeOf('shop'))
    expect(freezeOn(held, 'web1', 'blog')).toBeNull()
    expect(freezeOn(held, 'local', 'shop')).toBeNull()
  })

  it('freezes everything on every host, beside what is frozen by itself', async () => {
    await freezeProjects(control, projects, freezeOf('blog'))
    await freezeProjects(control, projects, freezeOf(null))

    const held = await heldFreezes(redis.connection, hosts, now)

    expect(held).toEqual([
      { ...freezeOf(null), hosts },
      { ...freezeOf('blog'), hosts: ['web1'] },
    ])
    expect(freezeOn(held, 'web1', 'blog')).toEqual(freezeOf('blog'))
    expect(freezeOn(held, 'local', 'wiki')).toEqual(freezeOf(null))
  })

  it('is over for whoever looks when its time has come', async () => {
    await freezeProjects(control, projects, freezeOf('shop', now))

    expect(await heldFreezes(redis.connection, hosts, now)).toEqual([])
    expect(await heldFreezes(redis.connection, hosts, now - 1)).toHaveLength(1)
  })

  it('wakes the workers for what waits, and for nothing else, when it ends', async () => {
    await freezeProjects(control, projects, freezeOf(null))
    await push('shop')
    for (const host of hosts) await dropJobs(host)

    const wasFrozen = await unfreezeProjects(redis.connection, control, projects, null)

    expect(wasFrozen).toBe(true)
    expect(await Promise.all(hosts.map(nudged))).toEqual([0, 1, 1])
    expect(await heldFreezes(redis.connection, hosts, now)).toEqual([])
  })

  it('leaves the freeze of everything when a project is let go, and says when there was nothing to end', async () => {
    await freezeProjects(control, projects, freezeOf(null))

    const wasFrozen = await unfreezeProjects(redis.connection, control, projects, 'shop')

    expect(wasFrozen).toBe(false)
    expect(await heldFreezes(redis.connection, hosts, now)).toEqual([{ ...freezeOf(null), hosts }])
  })
})
