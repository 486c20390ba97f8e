import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type FaultStack, startFaultStack } from '../support/fault-stack.ts'
import { untilIdle } from '../support/whole-release.ts'

describe('a stack for faults', () => {
  let stack: FaultStack

  beforeAll(async () => {
    const migrate = { command: ['sh', '-c', 'echo migrated to $(cat /var/www/app/REVISION)'] }
    stack = await startFaultStack({ projects: { shop: { migrate } } })
  })
  afterAll(() => stack?.stop())

  async function pageVersion(): Promise<string | null> {
    const response = await fetch(`${stack.site('shop').url}/health`)
    await response.body?.cancel()
    return response.headers.get('x-site-version')
  }

  it('puts a first version live, and a second one in its place', async () => {
    const first = await stack.deploy('shop', { version: 'v1' })
    const watch = await stack.watch('shop')
    const second = await stack.deploy('shop', { version: 'v2' })
    const seen = await watch.stop()

    expect(await pageVersion()).toBe('v2')
    expect(await stack.current('shop')).toEqual({ release: second.release, version: 'v2' })
    expect(await stack.releases('shop')).toEqual([first.release, second.release])
    expect(await stack.log(second.id ?? '')).toContain('migrated to v2')
    expect(seen.gaps).toEqual([])
    expect(seen.targets.map(({ revision }) => revision)).toEqual(['v1', 'v2'])
    expect(await stack.tmpLeftovers('shop')).toEqual([])
    expect(await stack.containers('shop')).toEqual([])
  })

  it('goes back from a version that is not well', async () => {
    const bad = await stack.deploy('shop', { version: 'v3', health: '500' }, 'rolled-back')

    expect(bad.errorCode).toBe('CHECK_FAILED')
    expect(await pageVersion()).toBe('v2')
    expect((await stack.deployed('shop'))?.digest).not.toBe(bad.resolvedDigest)
  })

  it('takes pushes from either registry, and none with another secret', async () => {
    const { digest } = await stack.push('shop', { version: 'v4' })
    const told = await stack.announce('shop', digest, 'latest', { as: 'acr' })

    expect(told.status).toBe(202)
    await stack.untilOutcome(told.deployments[0]?.id ?? '', 'live')
    expect(await pageVersion()).toBe('v4')
    expect((await stack.announce('shop', digest, 'no-such-tag')).status).toBe(200)
    const wrong = `${stack.ingestUrl}/webhooks/acr?token=${stack.config.hookSecret.slice(1)}x`
    expect((await fetch(wrong, { method: 'POST' })).status).toBe(404)
  })

  it('deploys again after its engine was killed and started', async () => {
    await stack.engine.kill()
    await stack.engine.start()

    await stack.deploy('shop', { version: 'v5' })

    expect(await pageVersion()).toBe('v5')
  })

  it('waits for an engine that is away', async () => {
    await stack.engine.kill()
    const { id } = await stack.order('shop', { version: 'v6' })
    await expect.poll(async () => Number((await stack.deployment(id))?.attempts)).toBeGreaterThan(0)

    await stack.engine.start()

    await stack.untilOutcome(id, 'live')
    expect(await pageVersion()).toBe('v6')
  })

  it('holds back a push when ingest cannot reach Redis', async () => {
    const { digest } = await stack.push('shop', { version: 'v7' })
    stack.proxies.ingest.stall()
    const refused = await stack.announce('shop', digest)
    await stack.proxies.ingest.restore()

    expect(refused.status).toBe(503)
    await expect
      .poll(async () => (await stack.announce('shop', digest)).status, { timeout: 10_000 })
      .toBe(202)
    await stack.untilQuiet()
    expect(await pageVersion()).toBe('v7')
  })

  it('lets a worker die where it is told to, and another one finish', async () => {
    await stack.killWorkers()
    const doomed = await stack.startWorker({ failpoint: 'before:switch' })
    const { id } = await stack.order('shop', { version: 'v8' })

    expect((await doomed.exited).signal).toBe('SIGKILL')
    expect(await pageVersion()).toBe('v7')
    await stack.startWorker()
    await stack.untilOutcome(id, 'live')

    expect(await pageVersion()).toBe('v8')
    // A release that nobody goes back to is deleted behind the outcome, under such a name.
    await untilIdle(stack)
    expect(await stack.tmpLeftovers('shop')).toEqual([])
  })

  it('knows a worker that dies as soon as it starts', async () => {
    await stack.killWorkers()
    const { id } = await stack.order('shop', { version: 'v9' })
    const doomed = await stack.startWorker({ failpoint: 'before:resolve' })
    expect((await doomed.exited).signal).toBe('SIGKILL')

    await stack.startWorker()

    await stack.untilOutcome(id, 'live')
  })
})
