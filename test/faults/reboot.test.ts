import { randomBytes } from 'node:crypto'
import { type CurrentReport, isFull, poll, type Sampler } from '@slipway/lab'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type FaultStack, type Ordered, startFaultStack } from '../support/fault-stack.ts'
import { type MigrationDesk, openMigrationDesk } from '../support/migration-desk.ts'
import { inFull } from '../support/short-form.ts'
import { lookAt, untilIdle, versionsIn, whole } from '../support/whole-release.ts'
import { untilSaid, untilStopped } from '../support/worker-logs.ts'

// What was not yet on the disk when the power went is still there here, because the kernel lives on.
describe('a machine that loses its power and starts again', () => {
  let desk: MigrationDesk
  let stack: FaultStack
  let watch: Sampler<CurrentReport>
  /** What is live. */
  let live = 'v0'
  let count = 0

  beforeAll(async () => {
    desk = await openMigrationDesk()
    stack = await startFaultStack({
      projects: { shop: { migrate: desk.settings } },
      config: { worker: { stalled_interval: '200ms' } },
    })
    await stack.deploy('shop', { version: live })
  })
  afterAll(async () => {
    await stack?.stop()
    await desk?.stop()
  })
  beforeEach(async () => {
    await stack.killWorkers()
    watch = await stack.watch('shop')
  })
  afterEach(async () => {
    expect((await watch.stop()).gaps).toEqual([])
    expect(desk.mostAtOnce()).toBe(1)
  })

  function order(size = 10): Promise<Ordered> {
    count += 1
    const version = `v${count}`
    const files = Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`pages/${index}`, version]))
    return stack.order('shop', { version, files: { ...files, large: randomBytes(size) } })
  }

  /** Everything ends at once, with whatever runs in containers; the disk stays as it is. */
  async function losePower(): Promise<void> {
    const ids = (await stack.containers('shop')).map(({ id }) => id)
    const format = '{{.State.Pid}}'
    const pids = ids.length > 0 ? await stack.engine.docker('inspect', '--format', format, ...ids) : ''
    const ingest = stack.ingest()
    ingest.kill('SIGKILL')
    await Promise.all([
      stack.killWorkers(),
      stack.redisServer.kill(),
      stack.engine.kill(),
      stack.registry.kill(),
      ingest.exited,
    ])
    for (const pid of pids.split('\n').map(Number)) if (pid > 0) process.kill(pid, 'SIGKILL')
  }

  /** In the order that systemd is told to keep. */
  async function startAgain(): Promise<void> {
    await stack.redisServer.start()
    await Promise.all([stack.engine.start(), stack.registry.start()])
    await Promise.all([stack.startIngest(), stack.startWorker()])
  }

  async function expectLive(ordered: Ordered): Promise<void> {
    const { version } = ordered
    await stack.untilOutcome(ordered.id, 'live')
    await untilIdle(stack)
    const seen = await watch.stop()
    expect(seen.gaps).toEqual([])
    expect(versionsIn(seen)).toEqual([live, version])
    expect(await lookAt(stack, 'shop', ordered)).toEqual(whole(version))
    live = version
  }

  const places = isFull()
    ? [
        'before:resolve',
        'before:pull',
        'during:copy#6',
        'before:link',
        'after:migrate',
        'during:switch',
        'after:switch',
        'before:check',
        'before:outcome',
        'after:outcome',
      ]
    : ['during:copy#6']
  it.each(places)('F35: brings to its end what it was at: %s', async (place) => {
    const worker = await stack.startWorker({ failpoint: `${place}=stop` })
    const ordered = await order()
    await untilStopped(worker)

    await losePower()
    await startAgain()

    await expectLive(ordered)
    expect([desk.begun(ordered.version), desk.ended(ordered.version)]).toEqual([1, 1])
  })

  inFull('F35: pulls again what it was pulling', async () => {
    const worker = await stack.startWorker()
    stack.proxies.registry.slow({ bytesPerSecond: 300_000 })
    const ordered = await order(3_000_000)
    await untilSaid(worker, '[pull] begins')

    await losePower()
    await stack.proxies.registry.restore()
    await startAgain()

    await expectLive(ordered)
  })

  inFull('F35: leaves it to a person when a migration was cut off', async () => {
    await stack.startWorker()
    const version = `v${count + 1}`
    desk.hold(version)
    const ordered = await order()
    await poll(() => desk.begun(version) === 1, { what: 'the migration to begin' })

    await losePower()
    await startAgain()

    const end = await stack.untilOutcome(ordered.id, 'failed')
    expect(end.errorCode).toBe('MIGRATION_FAILED')
    expect(desk.begun(version)).toBe(1)
    expect(await stack.current('shop')).toMatchObject({ version: live })
    await untilIdle(stack)
    expect(await stack.containers('shop')).toEqual([])
    desk.release(version)
    expect((await stack.cli('retry', ordered.id, '--wait')).code).toBe(0)
    await expectLive(ordered)
    expect([desk.begun(version), desk.ended(version)]).toEqual([2, 1])
  })
})
