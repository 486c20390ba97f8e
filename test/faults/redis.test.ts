import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { isFull, mountTmpfs, poll, startIngest, startWorker, type Tmpfs } from '@slipway/lab'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type CheckGate, startCheckGate } from '../support/check-gate.ts'
import type { DeploymentRecord } from '../support/deployments.ts'
import type { FaultPush } from '../support/fault-images.ts'
import { type FaultStack, type Ordered, startFaultStack } from '../support/fault-stack.ts'
import { callHook, readiness } from '../support/hook-call.ts'
import { alarmsOf, overlaps, switchesTo } from '../support/process-log.ts'
import { inFull } from '../support/short-form.ts'

/** As in the configuration of the stack, in milliseconds. */
const lock = 1_500
const twoLocks = isFull() ? 4 * lock : 2 * lock
const pastTheLock = isFull() ? 4 * lock : 1.2 * lock
/** As sysexits.h has it: starting again would change nothing. */
const misconfigured = 78

describe('a Redis that fails', () => {
  let place: string
  let disk: Tmpfs
  let gate: CheckGate
  let stack: FaultStack
  let versions = 0
  let connections = 0

  beforeAll(async () => {
    place = await mkdtemp(join(tmpdir(), 'slipway-d-'))
    disk = await mountTmpfs(place, { size: '16m' })
    gate = await startCheckGate()
    stack = await startFaultStack({
      projects: { shop: { check: gate.check } },
      redis: { folder: join(disk.path, 'redis') },
      config: { schedules: { reconcile: { every: '1s' } } },
    })
    await stack.deploy('shop', next())
    connections = stack.proxies.workers.counts().open
  })
  afterEach(() => gate?.open())
  afterAll(async () => {
    await stack?.stop()
    await gate?.stop()
    await disk?.unmount()
    if (place) await rm(place, { recursive: true })
  })

  function next(): FaultPush {
    versions += 1
    return { version: `v${versions}` }
  }

  /** Orders a deployment that stays at its check until the gate is opened. */
  async function orderHeld(): Promise<Ordered> {
    gate.shut()
    const ordered = await stack.order('shop', next())
    await untilState(ordered.id, 'check')
    return ordered
  }

  const untilState = (id: string, state: string) =>
    poll(async () => (await stack.deployment(id))?.state === state, { what: `${id} to be at ${state}` })

  /** The host itself knows, whatever Redis does. */
  const untilLiveOnHost = ({ digest }: Pick<Ordered, 'digest'>) =>
    poll(async () => (await stack.deployed('shop'))?.digest === digest, { what: 'the host to have it live' })

  const untilVersion = (version: string) =>
    poll(async () => (await stack.current('shop'))?.version === version, { what: `${version} to be live` })

  /** As a sender repeats a call. What was refused may be there all the same: then it is a repetition, and taken too. */
  const untilTaken = (digest: string) =>
    poll(async () => [200, 202].includes((await callHook(stack, 'shop', digest)).status), {
      what: 'a push to be taken',
    })

  /** Deploys once more, to see that nothing is stuck. */
  async function expectFlow(): Promise<void> {
    const { version, digest } = await stack.push('shop', next())
    await untilTaken(digest)
    await stack.untilQuiet()
    expect((await stack.current('shop'))?.version).toBe(version)
  }

  async function refusal(digest: string) {
    const { status, retryAfter, milliseconds } = await callHook(stack, 'shop', digest)
    return { status, hasRetryAfter: (retryAfter ?? 0) > 0, isInTime: milliseconds < 3_000 }
  }
  const refused = { status: 503, hasRetryAfter: true, isInTime: true }

  it('F7: a Redis that is killed and started again loses no accepted push, and the deploy under way ends once', async () => {
    const [worker] = stack.workers()
    const held = await orderHeld()
    const watch = await stack.watch('shop')
    const accepted = new Set<string>()
    let isOver = false
    async function pushOn(): Promise<string> {
      for (;;) {
        const { digest, version } = await stack.push('shop', next())
        const isLast = isOver
        const { deployments } = await stack.announce('shop', digest)
        for (const { id } of deployments) accepted.add(id)
        if (isLast && deployments.length > 0) return version
      }
    }
    const pushing = pushOn()
    const acceptedMore = (more: number, from = accepted.size) =>
      poll(() => accepted.size >= from + more, { what: 'pushes to be accepted' })

    await acceptedMore(5)
    for (let round = 0; round < (isFull() ? 5 : 1); round += 1) {
      await stack.redisServer.kill()
      await pause(200)
      await stack.redisServer.start()
      await acceptedMore(5)
    }
    gate.open()
    isOver = true
    const newest = await pushing
    await stack.untilQuiet()

    const ends = await Promise.all([...accepted].map((id) => stack.deployment(id)))
    expect(ends.filter((end) => !isSettled(end))).toEqual([])
    expect((await stack.current('shop'))?.version).toBe(newest)
    expect((await stack.deployment(held.id))?.state).toBe('live')
    expect(switchesTo(held.id, stack.workers())).toBe(1)
    expect((await watch.stop()).gaps).toEqual([])
    expect(stack.workers()).toEqual([worker])
  })

  it('F8: a deploy that finishes while Redis is away is live, and is told so when Redis is back', async () => {
    const held = await orderHeld()

    await stack.redisServer.kill()
    await pause(twoLocks)
    gate.open()
    await untilLiveOnHost(held)
    await stack.redisServer.start()

    const { release } = await stack.untilOutcome(held.id, 'live')
    expect(await stack.current('shop')).toEqual({ release, version: held.version })
    expect(switchesTo(held.id, stack.workers())).toBe(1)
  })

  describe('F9: a Redis that was emptied', () => {
    /** Accepted, and in no Redis any more. */
    async function expectFound(lost: Ordered, before: number): Promise<void> {
      await untilVersion(lost.version)
      await stack.untilQuiet()
      const records = await stack.deployments('shop')
      expect(records.map(({ trigger }) => JSON.parse(trigger ?? '{}').kind)).toContain('reconcile')
      expect((await stack.deployed('shop'))?.seq).toBeGreaterThan(Math.max(lost.seq, before))
      expect(records.every(({ seq }) => Number(seq) > before)).toBe(true)
      expect(await stack.redis.exists(stack.key('maintenance-local:repeat:reconcile'))).toBe(1)
      const schedules = await stack.redis.zrange(stack.key('maintenance-local:repeat'), '0', '-1')
      expect(schedules).toEqual(['reconcile'])
    }
    const seqOfHost = async () => (await stack.deployed('shop'))?.seq ?? 0

    it('F9: emptied under a worker, it is noticed, and the push that only the registry knows goes live', async () => {
      const held = await orderHeld()
      const lost = await stack.order('shop', next())

      await stack.redisServer.kill()
      await stack.redisServer.empty()
      gate.open()
      await untilLiveOnHost(held)
      const before = await seqOfHost()
      await stack.redisServer.start()

      await expectFound(lost, before)
      expect(stack.workers().flatMap(alarmsOf)).toContain(
        'redis has lost what it knew: was it emptied, or put in the place of another one?',
      )
    })

    it('F9: emptied by hand under a deploy, it is noticed without a restart of anything', async () => {
      await orderHeld()
      const lost = await stack.order('shop', next())
      const before = await seqOfHost()

      await stack.redis.flushall()
      // The full form waits until the worker looks by itself; a new connection makes it look at once.
      if (isFull()) {
        await poll(async () => stack.redis.exists(stack.key('epoch')), {
          what: 'the worker to look',
          timeoutMs: 40_000,
        })
      } else stack.proxies.workers.reset()
      await poll(() => stack.redis.exists(stack.key('maintenance-local:repeat:reconcile')).then(Boolean), {
        what: 'the schedules',
      })
      gate.open()

      await expectFound(lost, before)
    })

    it('F9: emptied while no worker runs, it is noticed by the next one', async () => {
      await stack.killWorkers()
      const before = await seqOfHost()
      const lost = await stack.order('shop', next())

      await stack.redisServer.kill()
      await stack.redisServer.empty()
      await stack.redisServer.start()
      const worker = await stack.startWorker()

      await expectFound(lost, before)
      expect(alarmsOf(worker)).toContain('Redis has lost what it knew of this project')
    })
  })

  it('F10: while Redis is frozen pushes are refused in time, and what was written all the same does no harm', async () => {
    const { digest, version } = await stack.push('shop', next())

    stack.redisServer.freeze()
    const seen = await Promise.all([refusal(digest), refusal(digest), readiness(stack)])
    stack.redisServer.thaw()

    expect(seen).toEqual([refused, refused, 503])
    await untilTaken(digest)
    await stack.untilQuiet()
    expect((await stack.current('shop'))?.version).toBe(version)
    expect((await stack.deployments('shop')).filter((record) => !isSettled(record))).toEqual([])
    expect(overlaps('shop', stack.workers())).toEqual([])
    expect(await readiness(stack)).toBe(200)
  })

  it('F11: services that start before Redis wait for it, and begin by themselves', async () => {
    const { digest, version } = await stack.push('shop', next())
    await stack.killWorkers()
    stack.ingest().kill('SIGKILL')
    await stack.ingest().exited
    await stack.redisServer.kill()

    await stack.startIngest()
    const seen = [await refusal(digest), await readiness(stack)]
    const starting = stack.startWorker()
    const early = await Promise.race([starting.then(() => 'ready'), pause(1_000, 'waits')])
    await stack.redisServer.start()

    expect(seen).toEqual([refused, 503])
    expect(early).toBe('waits')
    await starting
    await untilTaken(digest)
    await stack.untilQuiet()
    expect((await stack.current('shop'))?.version).toBe(version)
    expect(await readiness(stack)).toBe(200)
  })

  describe('F12: a Redis without memory', () => {
    const fill = () => stack.redis.config('SET', 'maxmemory', '1mb')
    const free = () => stack.redis.config('SET', 'maxmemory', '0')
    afterEach(() => free())

    it('F12: it takes no push, and a deploy at its check is live when there is memory again', async () => {
      const held = await orderHeld()
      const said = stack.workers().flatMap(alarmsOf).length

      await fill()
      const seen = await refusal(held.digest)
      await pause(pastTheLock)
      gate.open()
      await free()

      expect(seen).toEqual(refused)
      await stack.untilOutcome(held.id, 'live')
      expect(switchesTo(held.id, stack.workers())).toBe(1)
      // Without memory there is nothing to do, and nothing to say a thousand times.
      expect(stack.workers().flatMap(alarmsOf).length - said).toBeLessThan(100)
    })

    it('F12: a deploy that comes to its switch meanwhile waits for memory, and goes live', async () => {
      stack.proxies.registry.stall()
      const { version, id } = await stack.order('shop', next())
      await untilState(id, 'resolve')

      await fill()
      await stack.proxies.registry.restore()
      // In the short form its lock outlives this, in the full form it does not.
      await pause(isFull() ? twoLocks : 1_000)
      await free()

      await stack.untilOutcome(id, 'live')
      expect((await stack.current('shop'))?.version).toBe(version)
      expect(overlaps('shop', stack.workers())).toEqual([])
    })
  })

  it('F12: on a Redis that evicts, no service starts, and those that run leave at their next connection', async () => {
    const [worker] = stack.workers()
    const ingest = stack.ingest()
    await stack.redis.config('SET', 'maxmemory-policy', 'allkeys-lru')

    stack.proxies.workers.reset()
    stack.proxies.ingest.reset()
    const left = await Promise.all([worker?.exited, ingest.exited])
    const env = { DOCKER_HOST: stack.engine.host }
    const doomed = await Promise.all([
      startWorker({ configFile: stack.config.workerFile('local'), env, isDoomed: true }),
      startIngest({ configFile: stack.config.ingestFile, isDoomed: true }),
    ])
    const refusals = await Promise.all(doomed.map(({ exited }) => exited))
    await stack.redis.config('SET', 'maxmemory-policy', 'noeviction')
    await Promise.all([stack.startIngest(), stack.startWorker()])

    expect(left.map((exit) => exit?.code)).toEqual([misconfigured, misconfigured])
    expect(refusals.map(({ code }) => code)).toEqual([misconfigured, misconfigured])
    for (const { stderr, stdout } of doomed) expect(stderr() + stdout()).toContain('noeviction')
    await expectFlow()
  })

  it('F13: a Redis whose disk is full takes no push, and goes on by itself when there is space', async () => {
    const held = await orderHeld()
    const ballast = join(disk.path, 'ballast')
    const accepted = new Set([held.id])

    await writeFile(ballast, Buffer.alloc(64 * 1024 * 1024)).catch(() => {})
    // What it still has in hand goes first; from then on it says what is wrong.
    await poll(
      async () => {
        const { status, deployments } = await stack.announce('shop', held.digest)
        for (const { id } of deployments) accepted.add(id)
        return status === 503
      },
      { what: 'Redis to notice that its disk is full' },
    )
    const seen = await refusal(held.digest)
    gate.open()
    await untilLiveOnHost(held)
    await rm(ballast)

    expect(seen).toEqual(refused)
    await stack.untilOutcome(held.id, 'live')
    await stack.untilQuiet()
    await stack.redisServer.restart()
    const ends = await Promise.all([...accepted].map((id) => stack.deployment(id)))
    expect(ends.filter((end) => !isSettled(end))).toEqual([])
    await expectFlow()
  })

  inFull('F13: one that writes through ends with its disk full, and keeps what it accepted', async () => {
    await stack.redis.config('SET', 'appendfsync', 'always')
    const ballast = join(disk.path, 'ballast')
    const accepted = new Set<string>()

    await writeFile(ballast, Buffer.alloc(64 * 1024 * 1024)).catch(() => {})
    const { digest, version } = await stack.push('shop', next())
    await poll(
      async () => {
        const { status, deployments } = await stack.announce('shop', digest)
        for (const { id } of deployments) accepted.add(id)
        return status === 503
      },
      { what: 'Redis to end' },
    )
    await rm(ballast)
    await stack.redisServer.restart()

    await untilTaken(digest)
    await stack.untilQuiet()
    const ends = await Promise.all([...accepted].map((id) => stack.deployment(id)))
    expect(ends.filter((end) => !isSettled(end))).toEqual([])
    expect((await stack.current('shop'))?.version).toBe(version)
  })

  describe('F15: a network between worker and Redis', () => {
    async function expectOneLife(held: Ordered, away: number): Promise<void> {
      const newer = await stack.order('shop', next())
      await pause(away)
      gate.open()
      await untilLiveOnHost(held)
      await stack.proxies.workers.restore()

      await stack.untilOutcome(held.id, 'live')
      await stack.untilOutcome(newer.id, 'live')
      expect(switchesTo(held.id, stack.workers())).toBe(1)
      expect(overlaps('shop', stack.workers())).toEqual([])
    }

    it('F15: passes nothing on for longer than the lock: the deploy ends once, and the push meanwhile goes live', async () => {
      const held = await orderHeld()
      stack.proxies.workers.stall()
      await expectOneLife(held, twoLocks)
    })

    it('F15: is cut for longer than the lock: the deploy ends once, and the push meanwhile goes live', async () => {
      const held = await orderHeld()
      await stack.proxies.workers.cut()
      await expectOneLife(held, pastTheLock)
    })

    inFull('F15: is half open for longer than a connection lives: the worker connects anew', async () => {
      const held = await orderHeld()
      stack.proxies.workers.stall()
      const before = stack.proxies.workers.counts().accepted
      await poll(() => stack.proxies.workers.counts().accepted > before, {
        what: 'the worker to give a dead connection up',
        timeoutMs: 60_000,
      })
      await expectOneLife(held, twoLocks)
    })
  })

  it('F7: a worker has as many connections after all of this as before, and after ten new ones', async () => {
    const open = () => stack.proxies.workers.counts().open
    const untilBack = () =>
      poll(() => open() === connections, { what: `${connections} connections, not ${open()}` })
    await untilBack()
    for (let round = 0; round < 10; round += 1) {
      const before = stack.proxies.workers.counts().accepted
      stack.proxies.workers.reset()
      await poll(() => stack.proxies.workers.counts().accepted >= before + connections, {
        what: 'the worker to connect anew',
      })
    }

    await untilBack()
    await expectFlow()
    expect(open()).toBe(connections)
  })
})

/** True for one whose end is one that an accepted push may have. */
function isSettled(record: DeploymentRecord | undefined): boolean {
  return ['live', 'superseded', 'already-live'].includes(record?.state ?? '')
}
