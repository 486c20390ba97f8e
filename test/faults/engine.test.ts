import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type PrivateEngine, poll, startPrivateEngine, startTcpProxy, type TcpProxy } from '@slipway/lab'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type FaultStack, startFaultStack } from '../support/fault-stack.ts'
import { noiseFiles, noiseLayer } from '../support/noise.ts'
import { firstInShort, inFull } from '../support/short-form.ts'
import { halfLayers, untilAttempts, untilClean, untilLogged, watched } from '../support/untouched.ts'
import { untilIdle } from '../support/whole-release.ts'

const slowPull = 1_500_000
const slowCopy = 3_000_000

describe('an engine that goes away', () => {
  let folder = ''
  let other: PrivateEngine
  let link: TcpProxy
  let stack: FaultStack
  let version = ''
  let count = 0

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slipway-e-'))
    other = await startPrivateEngine({ folder: join(folder, 'other'), say: () => {} })
    const timeouts = { pull: '3s', copy: '3s', pull_inactivity: '2s' }
    stack = await startFaultStack({
      projects: { shop: { timeouts } },
      hosts: ['web1', 'web2'],
      engines: { web2: other },
      workers: 0,
      config: { retry: { attempts: 12, delay: '100ms' }, worker: { lock_duration: '5s' } },
    })
    // Between the first worker and its engine: a copy that can be slow is one that can be broken off in the middle.
    link = await startTcpProxy({
      target: { socket: stack.engine.socket },
      listen: { socket: join(folder, 'link.sock') },
    })
    await Promise.all([startFirst(), stack.startWorker({ host: 'web2' })])
    await stack.deploy('shop', { version: 'v0' })
    await stack.untilQuiet()
  })
  beforeEach(() => {
    count += 1
    version = `v${count}`
  })
  afterEach(async () => {
    await bringBack()
    await stack.untilQuiet()
  })
  afterAll(async () => {
    await stack?.stop()
    await link?.stop()
    await other?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  const startFirst = () => stack.startWorker({ dockerHost: `unix://${link.address}` })

  async function bringBack(): Promise<void> {
    stack.engine.thaw()
    await stack.engine.start()
    await link.restore()
    await stack.proxies.registry.restore()
  }

  async function orderMidPull(): Promise<string> {
    const { registry } = stack.proxies
    const layers = [await noiseLayer(6_000_000)]
    registry.slow({ bytesPerSecond: slowPull })
    const { id } = await stack.order('shop', { version, layers })
    await poll(async () => (await halfLayers(stack.engine)).length > 0, { what: 'a half layer', everyMs: 5 })
    return id
  }

  async function orderMidCopy(): Promise<string> {
    link.slow({ bytesPerSecond: slowCopy })
    const { id } = await stack.order('shop', { version, files: noiseFiles(8, 500_000) })
    // The folder is made while the engine is still asked for a container: a copy is under way when there is a file in it.
    await poll(async () => (await stack.copyingFiles('shop')).length > 0, { what: 'a copy', everyMs: 5 })
    return id
  }

  async function expectNothingLeft(): Promise<void> {
    await untilClean(stack, 'shop')
    await expect.poll(() => halfLayers(stack.engine), { timeout: 10_000 }).toEqual([])
  }

  it.each(
    firstInShort<[how: string, signal: NodeJS.Signals, step: 'pull' | 'copy']>(2, [
      ['killed', 'SIGKILL', 'pull'],
      ['killed', 'SIGKILL', 'copy'],
      ['asked to end', 'SIGTERM', 'pull'],
    ]),
  )('F19: %s (%s) mid-%s, it is asked again when it is back', async (_how, signal, step) => {
    const { result, versions } = await watched(stack, 'shop', async () => {
      const id = await (step === 'pull' ? orderMidPull() : orderMidCopy())
      await stack.engine.kill(signal)
      await untilAttempts(stack, id, 3)
      expect(await stack.tmpLeftovers('shop')).toEqual([])
      await bringBack()
      return stack.untilOutcome(id, 'live')
    })

    expect(await stack.log(result.id ?? '')).toContain(step === 'pull' ? 'PULL_FAILED: ' : 'ARCHIVE_BROKEN: ')
    expect(versions.slice(1)).toEqual([version])
    await expectNothingLeft()
  })

  inFull('F19: asked to end (SIGTERM) mid-copy, it gives the whole source before it does', async () => {
    const { result, versions } = await watched(stack, 'shop', async () => {
      const id = await orderMidCopy()
      await stack.engine.kill('SIGTERM')
      const ended = await stack.untilOutcome(id, 'live')
      await bringBack()
      return ended
    })

    expect(result.attempts).toBe('1')
    expect(versions.slice(1)).toEqual([version])
    await expectNothingLeft()
  })

  it.each(
    firstInShort<[how: string, away: () => Promise<void>]>(1, [
      ['without its socket', () => link.cut()],
      ['down', () => stack.engine.kill()],
    ]),
  )('F20: %s, it holds up its own host alone', async (_how, away) => {
    await away()
    const { result, versions } = await watched(stack, 'shop', async () => {
      const { id } = await stack.order('shop', { version })
      await untilLiveOnOther()
      await untilAttempts(stack, id, 3)
      await bringBack()
      return stack.untilOutcome(id, 'live')
    })

    expect(await stack.log(result.id ?? '')).toContain('ENGINE_UNAVAILABLE: ')
    expect(versions.slice(1)).toEqual([version])
    await expectNothingLeft()
  })

  it('F20: frozen, it holds up its own host alone, and each attempt for its time alone', async () => {
    stack.engine.freeze()
    const { result, versions } = await watched(stack, 'shop', async () => {
      const { id } = await stack.order('shop', { version })
      await untilLiveOnOther()
      await untilAttempts(stack, id, 2)
      await bringBack()
      return stack.untilOutcome(id, 'live')
    })

    expect(await stack.log(result.id ?? '')).toContain(
      'STEP_TIMEOUT: The step pull took longer than 3000 ms.',
    )
    expect(versions.slice(1)).toEqual([version])
    await expectNothingLeft()
  })

  inFull('F20: frozen mid-copy, it keeps the project for a time that has an end', async () => {
    const { result, versions } = await watched(stack, 'shop', async () => {
      const id = await orderMidCopy()
      stack.engine.freeze()
      // The deadline of the step, and then the one of taking the container away.
      await untilLogged(stack, id, 'STEP_TIMEOUT: The step copy took longer than 3000 ms.')
      expect(await stack.tmpLeftovers('shop')).toEqual([])
      await bringBack()
      return stack.untilOutcome(id, 'live')
    })

    expect(Number(result.attempts)).toBeGreaterThan(1)
    expect(versions.slice(1)).toEqual([version])
    await expectNothingLeft()
  })

  it('F20: down when a worker starts, it is waited for', async () => {
    await untilIdle(stack, 'web1')
    await stack.engine.kill()

    await expectStartsWithout()
  })

  // The start waits ten seconds for an answer.
  inFull('F20: frozen when a worker starts, it is waited for', async () => {
    await untilIdle(stack, 'web1')
    stack.engine.freeze()

    await expectStartsWithout()
  })

  async function expectStartsWithout(): Promise<void> {
    const [first] = stack.workers().filter(({ name }) => name === 'worker-web1')
    await first?.stop()
    const { result, versions } = await watched(stack, 'shop', async () => {
      await startFirst()
      const { id } = await stack.order('shop', { version })
      await untilAttempts(stack, id, 2)
      await bringBack()
      return stack.untilOutcome(id, 'live')
    })

    expect(Number(result.attempts)).toBeGreaterThan(1)
    expect(versions.slice(1)).toEqual([version])
  }

  async function untilLiveOnOther(): Promise<void> {
    const live = async () => (await stack.current('shop', 'web2'))?.version
    await expect.poll(live, { timeout: 10_000 }).toBe(version)
  }
})
