import { poll } from '@slipway/lab'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type FaultStack, startFaultStack } from '../support/fault-stack.ts'
import { noiseLayer } from '../support/noise.ts'
import { inFull } from '../support/short-form.ts'
import { halfLayers, untilAttempts, untilClean, untilLogged, watched } from '../support/untouched.ts'

const layerBytes = 8_000_000
const slowBytesPerSecond = 1_500_000
const midPull = 700_000
const attempts = 8

describe('a registry that goes away', () => {
  let stack: FaultStack
  let version = ''
  let count = 0

  beforeAll(async () => {
    stack = await startFaultStack({
      projects: {
        patient: { timeouts: { resolve: '2s', pull: '60s', pull_inactivity: '20s' } },
        hurried: { timeouts: { resolve: '1s', pull: '2500ms', pull_inactivity: '1s' } },
      },
      config: { retry: { attempts, delay: '100ms' } },
    })
    await Promise.all(['patient', 'hurried'].map((project) => stack.deploy(project, { version: 'v0' })))
  })
  afterAll(() => stack?.stop())

  beforeEach(() => {
    count += 1
    version = `v${count}`
  })
  afterEach(bringBack)

  async function bringBack(): Promise<void> {
    await stack.registry.start()
    await stack.proxies.registry.restore()
  }

  /** Orders a version and waits until a part of it has been pulled. */
  async function orderMidPull(project: string): Promise<string> {
    const { registry } = stack.proxies
    const layers = [await noiseLayer(layerBytes)]
    registry.slow({ bytesPerSecond: slowBytesPerSecond })
    const enough = registry.counts().bytesFromTarget + midPull
    const { id } = await stack.order(project, { version, layers })
    await poll(() => registry.counts().bytesFromTarget > enough, { what: 'a part of the layer', everyMs: 5 })
    return id
  }

  async function expectNothingLeft(project: string): Promise<void> {
    await untilClean(stack, project)
    await expect.poll(() => halfLayers(stack.engine), { timeout: 10_000 }).toEqual([])
  }

  // The engine itself waits five seconds.
  inFull('F16: is waited for by the engine when it is killed mid-pull and back in time', async () => {
    const { result, versions } = await watched(stack, 'patient', async () => {
      const id = await orderMidPull('patient')
      await stack.registry.kill()
      await bringBack()
      return stack.untilOutcome(id, 'live')
    })

    expect(result.attempts).toBe('1')
    expect(versions).toEqual(['v0', version])
    await expectNothingLeft('patient')
  })

  it('F16: is asked again when it is killed mid-pull and stays away, and no attempt takes long', async () => {
    const { result, versions } = await watched(stack, 'hurried', async () => {
      const id = await orderMidPull('hurried')
      await stack.registry.kill()
      await untilAttempts(stack, id, 4)
      await bringBack()
      return stack.untilOutcome(id, 'live')
    })

    const log = await stack.log(result.id ?? '')
    expect(log).toContain('STEP_TIMEOUT: The step pull took longer than 2500 ms.')
    expect(log).toContain('REGISTRY_UNAVAILABLE: ')
    expect(versions).toEqual(['v0', version])
    await expectNothingLeft('hurried')
  })

  inFull('F16: ends a deployment when it stays away for all attempts', async () => {
    const { result, versions } = await watched(stack, 'hurried', async () => {
      const id = await orderMidPull('hurried')
      await stack.registry.kill()
      return stack.untilOutcome(id, 'failed')
    })

    expect(result).toMatchObject({ errorCode: 'REGISTRY_UNAVAILABLE', attempts: String(attempts) })
    expect(versions).toHaveLength(1)
    await expectNothingLeft('hurried')
    await bringBack()
    await stack.deploy('hurried', { version: `${version}-again` })
  })

  it('F17: is given up when it stalls mid-pull, and the engine gives up with us', async () => {
    const { result, versions } = await watched(stack, 'hurried', async () => {
      const id = await orderMidPull('hurried')
      stack.proxies.registry.stall()
      await untilLogged(stack, id, 'PULL_STALLED: ')
      await expect.poll(() => halfLayers(stack.engine), { timeout: 5_000 }).toEqual([])
      await bringBack()
      return stack.untilOutcome(id, 'live')
    })

    expect(Number(result.attempts)).toBeGreaterThan(1)
    expect(versions.slice(1)).toEqual([version])
    expect(stack.engine.lines().join('\n')).toContain('context canceled')
    await expectNothingLeft('hurried')
  })

  it('F17: is given up when it stalls while it is asked what the tag is', async () => {
    const { result, versions } = await watched(stack, 'hurried', async () => {
      stack.proxies.registry.stall()
      const { id } = await stack.order('hurried', { version })
      await untilAttempts(stack, id, 3)
      await bringBack()
      return stack.untilOutcome(id, 'live')
    })

    expect(await stack.log(result.id ?? '')).toContain('STEP_TIMEOUT: The step resolve')
    expect(versions.slice(1)).toEqual([version])
  })
})
