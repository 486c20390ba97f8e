import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { FaultPush } from '../support/fault-images.ts'
import { type FaultStack, startFaultStack } from '../support/fault-stack.ts'

/** Nanoseconds. */
const tenthOfASecond = 100_000_000
const name = 'shop-web'
const service = {
  strategy: 'service',
  source: undefined,
  release: undefined,
  migrate: { command: ['sh', '-c', 'echo migrated by $VERSION'] },
  services: [{ container: name, action: 'recreate', timeout: '10s' }],
  check: [],
}

describe('a project whose image is what its container runs', () => {
  let stack: FaultStack
  /** By the tag that is followed, as compose would have it. */
  let tagged = ''

  beforeAll(async () => {
    stack = await startFaultStack({ projects: { shop: service } })
    tagged = `${stack.proxies.registry.address}/acme/shop:latest`
    await stack.push('shop', version('v0'))
    await docker('pull', '--quiet', tagged)
    await docker(
      'run',
      '--detach',
      '--name',
      name,
      '--network',
      'none',
      '--init',
      '--env',
      'OWN=kept',
      tagged,
    )
  })
  afterAll(() => stack?.stop())

  const docker = (...args: string[]) => stack.engine.docker(...args)
  const inspect = async (format: string) => (await docker('inspect', '--format', format, name)).trim()
  const names = async () => (await docker('ps', '--all', '--format', '{{.Names}}')).trim().split('\n')

  it('runs the image that is pushed, with its own settings, migrated by the image itself', async () => {
    const deployment = await stack.deploy('shop', version('v1'))

    expect(await stack.log(deployment.id ?? '')).toContain('migrated by v1')
    expect(await docker('exec', name, 'sh', '-c', 'echo $VERSION $OWN')).toBe('v1 kept\n')
    expect(await inspect('{{.Config.Image}} {{.State.Status}}')).toBe(`${tagged} running`)
    expect(await names()).toEqual([name])
  })

  it('goes back to the container of before when a new one is not well, and holds its image', async () => {
    const before = await inspect('{{.Id}}')

    const end = await stack.deploy(
      'shop',
      version('v2', ['sh', '-c', 'echo no database; exit 4']),
      'rolled-back',
    )

    expect(end).toMatchObject({ errorCode: 'SERVICE_UNHEALTHY' })
    expect(end.why).toMatch(/shop-web is not well: it ended with exit code 4.*no database/)
    expect(await inspect('{{.Id}} {{.State.Status}}')).toBe(`${before} running`)
    expect(await names()).toEqual([name])
    expect(
      (await stack.deploy('shop', version('v2', ['sh', '-c', 'echo no database; exit 4']), 'failed'))
        .errorCode,
    ).toBe('DIGEST_HELD')
  })

  it('comes to its end when the worker dies while it is replaced', async () => {
    await stack.killWorkers()
    const doomed = await stack.startWorker({ failpoint: 'recreate:take-name' })
    const { id } = await stack.order('shop', version('v3'))
    await doomed.exited
    expect(await names()).toEqual(expect.arrayContaining([`${name}.slipway-old`, `${name}.slipway-new`]))

    await stack.startWorker()

    await stack.untilOutcome(id, 'live')
    expect(await docker('exec', name, 'sh', '-c', 'echo $VERSION $OWN')).toBe('v3 kept\n')
    expect(await names()).toEqual([name])
  })
})

function version(text: string, Cmd: readonly string[] = ['sleep', '600']): FaultPush {
  const Healthcheck = { Test: ['CMD', 'true'], Interval: tenthOfASecond, Retries: 1 }
  return { version: text, config: { Cmd, Env: [`VERSION=${text}`, 'PATH=/bin'], Healthcheck } }
}
