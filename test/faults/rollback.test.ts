import { appendFile, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { hammer, poll } from '@slipway/lab'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DeploymentRecord } from '../support/deployments.ts'
import { type FaultStack, startFaultStack } from '../support/fault-stack.ts'

/** Milliseconds from the request to the first answer of the older version. */
const promised = 1_000

describe('a rollback', () => {
  let stack: FaultStack
  let [one, two]: DeploymentRecord[] = []

  beforeAll(async () => {
    const migrate = { command: ['sh', '-c', 'echo migrated to $(cat /var/www/app/REVISION)'] }
    stack = await startFaultStack({ projects: { shop: { migrate } } })
    one = await stack.deploy('shop', { version: 'v1' })
    two = await stack.deploy('shop', { version: 'v2' })
  })
  afterAll(() => stack?.stop())

  async function served(): Promise<string | null> {
    const response = await fetch(`${stack.site('shop').url}/public/index.php`)
    await response.body?.cancel()
    return response.headers.get('x-site-version')
  }

  /** Asks through the API, as the console does; resolves with the id of the deployment. */
  async function ask(body: object = {}): Promise<string> {
    const answer = await fetch(`${stack.opsUrl}/api/v1/projects/shop/rollback`, {
      method: 'POST',
      headers: { authorization: `Bearer ${stack.config.opsToken}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    const { deployments = [] } = (await answer.json()) as { deployments?: { id: string }[] }
    return deployments[0]?.id ?? ''
  }

  /** The name of the live release, as the worker told it last. */
  async function toldLive(): Promise<string | undefined> {
    const told = JSON.parse((await stack.redis.get(stack.key('releases:shop'))) ?? '{"releases":[]}')
    return told.releases.find(({ live }: { live: boolean }) => live)?.name
  }

  async function end(id: string, state = 'live'): Promise<DeploymentRecord> {
    return stack.untilOutcome(id, state)
  }

  it('brings the older version back within a second, without one failed request or a migration', async () => {
    const requests = await hammer(`${stack.site('shop').url}/public/index.php`, { connections: 2 })
    const asked = performance.now()
    const id = await ask({ reason: 'the till is empty' })
    await poll(async () => (await served()) === 'v1', { what: 'the older version', everyMs: 10 })
    const took = performance.now() - asked
    const record = await end(id)
    const answered = await requests.stop()

    expect(took).toBeLessThan(promised)
    expect(answered.reasons).toEqual({})
    expect(answered.versions).toEqual(['v2', 'v1'])
    expect(record).toMatchObject({ release: one?.release, resolvedDigest: one?.resolvedDigest })
    const log = await stack.log(id)
    expect(log).not.toContain('migrated to')
    expect(log).toContain('no migration is run')
    expect(await stack.deployed('shop')).toMatchObject({ name: one?.release, digest: one?.resolvedDigest })
  })

  it('keeps the version that was left away from repeated pushes', async () => {
    const { deployments } = await stack.announce('shop', two?.resolvedDigest ?? '')

    const repeated = await end(deployments[0]?.id ?? '', 'failed')

    expect(repeated.errorCode).toBe('DIGEST_HELD')
    expect(await served()).toBe('v1')
  })

  it('goes forward again by name, at the desk, and lists where one can go', async () => {
    const { code, stdout } = await stack.cli('rollback', 'shop', '--to', two?.release ?? '', '--wait')
    await poll(async () => (await toldLive()) === two?.release, { what: 'the releases to be told' })

    expect(code).toBe(0)
    expect(stdout).toContain(`from ${one?.release} to ${two?.release}`)
    expect(await served()).toBe('v2')
    const status = (await stack.cli('status', 'shop')).stdout
    expect(status).toMatch(new RegExp(`${two?.release} .* live `))
    expect(status).toMatch(new RegExp(`${one?.release} .* good `))
  })

  it('is brought to its end when its worker is killed behind the switch', async () => {
    await stack.killWorkers()
    const doomed = await stack.startWorker({ failpoint: 'after:switch' })
    const id = await ask({ digest: one?.resolvedDigest })
    await doomed.exited
    const note = JSON.parse(await readFile(join(stack.root('shop'), '.slipway', 'journal.json'), 'utf8'))

    await stack.startWorker()

    expect(note).toMatchObject({ deployment: id, rollback: { left: { name: two?.release } } })
    expect(await end(id)).toMatchObject({ release: one?.release })
    expect(await served()).toBe('v1')
  })

  it('copies a version out of its image again when somebody has changed its files', async () => {
    const file = join(stack.root('shop'), 'releases', two?.release ?? '', 'public/index.php')
    await appendFile(file, '<?php evil();')

    const record = await end(await ask({ release: two?.release }))

    expect(record.release).not.toBe(two?.release)
    expect(await stack.current('shop')).toEqual({ release: record.release, version: 'v2' })
    expect(await readFile(join(stack.root('shop'), 'current', 'public/index.php'), 'utf8')).not.toContain(
      'evil',
    )
    expect(await stack.log(record.id ?? '')).toContain('public/index.php')
  })

  it('pulls a version again by its digest when its release and its image are gone', async () => {
    const folder = join(stack.root('shop'), 'releases')
    await rm(join(folder, one?.release ?? ''), { recursive: true })
    const { registry } = stack.proxies
    const names = [`slipway.local/shop:${one?.seq}`, `${registry.address}/acme/shop@${one?.resolvedDigest}`]
    await stack.engine.docker('rmi', '--force', ...names)

    const record = await end(await ask({ digest: one?.resolvedDigest }))

    expect(await served()).toBe('v1')
    expect(await readdir(folder)).toContain(record.release)
    const log = await stack.log(record.id ?? '')
    expect(log).toContain(`[pull] Digest: ${one?.resolvedDigest}`)
    expect(log).not.toContain('migrated to')
  })

  it('to what nobody has is refused, with what there is', async () => {
    const { code, stdout } = await stack.cli('rollback', 'shop', '--to', '7-0123456789ab-ab12', '--wait')

    expect(code).toBe(1)
    expect(stdout).toMatch(/ROLLBACK_REFUSED: There is no release 7-0123456789ab-ab12 here\. There is: /)
    expect(await served()).toBe('v1')
  })
})
