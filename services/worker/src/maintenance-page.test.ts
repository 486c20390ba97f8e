import { createRedisServer, type RedisServer } from '@slipway/lab'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { holdAt } from '../test/hold-at.ts'
import type { QueueRig, QueueRigOptions } from '../test/queue-rig.ts'
import { check, earlier } from '../test/rig.ts'
import { openShop } from '../test/shop.ts'
import { migrationContainer } from './rollout/steps/migrate.ts'

let redis: RedisServer
const project = { check, migrate: { command: ['migrate'], maintenance: 'on' } }

beforeAll(async () => {
  redis = await createRedisServer()
  await redis.start()
})

afterAll(() => redis.stop())

const open = (options: QueueRigOptions = {}) => openShop(redis.url, { project, ...options })

/** A worker took the job of a push, showed the page, and died. */
async function dieWithPage(rig: QueueRig): Promise<string> {
  const { deployment } = await rig.push('v1')
  await rig.takeAndDie()
  await rig.store.take('shop')
  await rig.maintenance.show(rig.root, { since: 1, deployment })
  return deployment
}

describe('the maintenance page of a worker that died', () => {
  it('stays until the next one has brought its deployment to its end', async () => {
    const rig = await open()
    const deployment = await dieWithPage(rig)
    const { reached, open: letGo } = holdAt(rig, 'copy')

    await rig.start()
    await reached
    const during = rig.maintenance.notes.has(rig.root)
    letGo()

    await rig.untilState(deployment, 'live')
    expect(during).toBe(true)
    expect(rig.maintenance.notes.size).toBe(0)
  })

  it('goes when the deployment that comes next fails', async () => {
    const rig = await open({ live: earlier })
    const deployment = await dieWithPage(rig)
    rig.engine.programs.set('migrate', { exitCode: 1 })

    await rig.start()

    await rig.untilState(deployment, 'failed')
    expect(rig.maintenance.notes.size).toBe(0)
  })

  it('behind its switch is off before the check of the release that is there', async () => {
    const rig = await open({ live: earlier })
    const left = await dieWithPage(rig)
    const to = { ...earlier, name: '1500-cccccccccccc-rand', seq: 1_500, deployment: left }
    rig.releases.folders.set(to.name, ['index.php'])
    await rig.releases.saveIntent({ deployment: left, to, back: earlier, before: null, failure: null, at: 0 })
    await rig.releases.switchTo(to)
    const { reached, open: letGo } = holdAt(rig, 'check')

    await rig.start()
    await reached
    const during = rig.maintenance.notes.has(rig.root)
    letGo()

    await rig.untilState(left, 'live')
    expect(during).toBe(false)
  })

  it('goes when its deployment was overtaken, and the next one shows none', async () => {
    const rig = await open()
    await dieWithPage(rig)
    rig.engine.leave(migrationContainer('shop'), '1-aaaaaaaaaaaa-rand', 'exited', { exitCode: 0 })

    await rig.start()
    await rig.untilState((await rig.push('v2')).deployment, 'live')

    expect(rig.maintenance.notes.size).toBe(0)
  })

  it('is taken away by reconcile when its deployment is over', async () => {
    const rig = await open({ live: earlier })
    const deployment = await dieWithPage(rig)
    await rig.store.finish(deployment, { outcome: 'failed', timings: [] })

    await rig.reconcile()

    expect(rig.maintenance.notes.size).toBe(0)
    expect(rig.findings.map(({ what }) => what)).toContain(
      'a maintenance page that was left behind was taken away',
    )
  })
})
