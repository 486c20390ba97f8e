import type { Fleet, Wanted } from '@slipway/core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startRedis, type TestRedis } from '../test/redis-server.ts'
import { createControl } from './control.ts'
import { createDriftStore } from './drift-store.ts'
import { createJobEnds } from './job-ends.ts'
import { limits } from './limits.ts'
import { createMaintenanceDesk } from './maintenance-desk.ts'
import { createNudger } from './nudger.ts'
import { createPushStore } from './push-store.ts'
import { createReconcileStore } from './reconcile-store.ts'
import { createRolloutStore } from './rollout-store.ts'
import { createRunStore } from './run-store.ts'

const fleet: Fleet = { home: 'web1', policy: { order: 'rolling', maxFailures: 0, onFailure: 'stop' } }
const digest = `sha256:${'ab'.repeat(32)}`
const hosts = ['web1', 'web2', 'web3']
const retry = { attempts: 3, delay: 15_000 }
const clock = { now: () => Date.UTC(2026, 10, 23) }

let redis: TestRedis
beforeAll(async () => {
  redis = await startRedis()
})
afterAll(() => redis[Symbol.asyncDispose]())

function wanted(project: string, host: string): Wanted {
  return { project, host, image: `registry.example.com/acme/${project}`, tag: 'latest', digest, fleet }
}

it('all keys of a host share its hash tag, whatever was done', async () => {
  const pushes = createPushStore({ redis: await redis.connect(), retry, clock })
  const control = createControl({ redis: redis.connection, retry, clock })
  const rollouts = createRolloutStore(redis.connection, clock)
  const nudger = createNudger(redis.connection, retry)
  const trigger = { kind: 'command', by: 'ada' } as const

  const back = { release: null, digest: null }
  await pushes.accept([{ ...wanted('blog', 'web3'), back }], trigger)
  for (const project of ['shop', 'blog', 'shop']) {
    const accepted = await pushes.accept(
      hosts.map((host) => wanted(project, host)),
      trigger,
    )
    for (const { host, deployment, rollout } of accepted) {
      const runs = createRunStore(redis.connection, host, clock)
      const book = createReconcileStore(redis.connection, host)
      if (host !== 'web3') await runs.take(project)
      await runs.progress(deployment, 'pull', { resolvedDigest: digest })
      await runs.appendLog(deployment, ['a line'])
      if (rollout) await rollouts.pin(rollout, digest)
      if (host === 'web1') await runs.finish(deployment, { outcome: 'failed', errorCode: 'CHECK_FAILED' })
      if (host === 'web2') await runs.wait(deployment, 'frozen')
      const found = await control.find(deployment, hosts)
      if (host === 'web1') await control.retry(found)
      else await control.cancel(found, 'ada')
      await runs.saveReleases(project, [])
      await book.tellReleases(project, [], { epoch: 'e', at: 0 })
      await book.epoch()
      await book.raise(project, Date.UTC(2027, 0, 1) * 1_000, true, 'web1')
      await book.survey(['shop', 'blog'])
      await nudger.nudgeIfIdle(host, project)
    }
  }
  const desk = createMaintenanceDesk(redis.connection)
  for (const host of hosts) {
    const request = await desk.verify(host, 'shop', true)
    const [report, nothing] = [
      { added: [], changed: [], missing: [] },
      { at: 0, errorCode: null, why: null },
    ]
    const counted = { ...report, counts: { added: 0, changed: 0, missing: 0 }, read: 0, files: 0, at: 0 }
    await createDriftStore(redis.connection, host).keep(
      {
        ...{ ...nothing, project: 'shop', host, quick: true, outcome: 'clean', strayed: null },
        report: { ...counted, release: '1', digest },
      },
      request,
    )
  }
  for (const host of hosts) {
    const request = await desk.run(host, 'prune', { by: 'ada', isDryRun: false })
    const end = { host, name: 'prune', startedAt: 0, milliseconds: 0, by: 'ada', outcome: 'done' } as const
    await createJobEnds(redis.connection, host).keep(
      { ...end, errorCode: null, why: null, prune: null },
      request,
    )
  }
  await desk.close()
  await control.freeze(hosts, { project: null, by: 'ada', since: 0, until: null, reason: 'audit' })
  await nudger.close()
  await control.close()
  await pushes.close()

  const keys = await redis.connection.keys('*')
  expect(keys.filter((key) => !hosts.some((host) => key.startsWith(`slipway:{${host}}:`)))).toEqual([])
  for (const host of hosts)
    for (const kind of [
      'want:shop',
      'verified:shop',
      'runs',
      'ledger',
      'history:blog',
      'releases:shop',
      'epoch',
      'freezes',
      `deploy-${host}:meta`,
    ])
      expect(keys).toContain(`slipway:{${host}}:${kind}`)
  expect(keys.filter((key) => key.includes(':rollout:')).every((key) => key.includes('{web1}'))).toBe(true)
})

it('the ledger stays as long as it may be, and keeps the newest', async () => {
  await redis.connection.flushall()
  const pushes = createPushStore({ redis: await redis.connect(), retry, clock })
  const fill = `for at = 1, ${limits.ledgerEntries + 5_000} do redis.call('XADD', KEYS[1], '*', 'seq', at) end`
  await redis.connection.eval(fill, 1, 'slipway:{web1}:ledger')

  const [accepted] = await pushes.accept([wanted('shop', 'web1')], { kind: 'command', by: 'ada' })
  await pushes.close()

  // Redis takes away whole nodes only, of a hundred entries.
  expect(await redis.connection.xlen('slipway:{web1}:ledger')).toBeLessThan(limits.ledgerEntries + 200)
  const [[, fields] = ['', []]] = await redis.connection.xrevrange(
    'slipway:{web1}:ledger',
    '+',
    '-',
    'COUNT',
    1,
  )
  expect(fields).toContain(accepted?.deployment)
})
