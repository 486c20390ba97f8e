import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { poll } from '@slipway/lab'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { docker, prepareVersion } from '../support/pushes.ts'
import { type Stack, startStack } from '../support/stack.ts'

describe('a worker that is killed', () => {
  let stack: Stack
  let accepted = 0

  beforeAll(async () => {
    stack = await startStack()
    const first = await prepareVersion(stack.repository, stack.user, { variant: 'v1', version: 'v1' })
    await first()
    accepted += 1
    expect((await stack.deployments.ended('shop', accepted)).state).toBe('live')
  })
  afterAll(() => stack?.stop())

  async function pageVersion(): Promise<string | null> {
    const response = await fetch(stack.site.siteUrl)
    await response.body?.cancel()
    return response.headers.get('x-site-version')
  }

  /** What must hold whenever a run was cut and the next one has ended. */
  async function expectLiveOnce(version: string): Promise<void> {
    const deployment = await stack.deployments.ended('shop', accepted)
    expect(deployment.state).toBe('live')
    expect(await pageVersion()).toBe(version)
    const releases = await readdir(join(stack.root, 'releases'))
    expect(releases.filter((name) => name.startsWith('.'))).toEqual([])
    expect(releases.filter((name) => name.startsWith(`${deployment.seq}-`))).toEqual([deployment.release])
    expect(await readdir(join(stack.root, '.slipway'))).not.toContain('journal.json')
    expect((await docker('ps', '--all', '--quiet', '--filter', 'label=slipway.project=shop')).trim()).toBe('')
  }

  async function killWhen(what: string, reached: () => Promise<boolean>): Promise<void> {
    await poll(reached, { what, everyMs: 1, timeoutMs: 60_000 })
    stack.worker().kill('SIGKILL')
    await stack.worker().exited
  }

  it('in the middle of copy leaves no half release and the next one puts the version live', async () => {
    const push = await prepareVersion(stack.repository, stack.user, {
      variant: 'v2',
      version: 'v2',
      packages: 6_000,
    })
    const isCopying = async () => {
      const names = await readdir(join(stack.root, 'releases'))
      const temporary = names.find((name) => name.startsWith('.tmp-'))
      if (!temporary) return false
      return (await readdir(join(stack.root, 'releases', temporary))).length > 2
    }
    const killed = killWhen('the copy to be under way', isCopying)
    await push()
    accepted += 1
    await killed
    expect(await pageVersion()).toBe('v1')

    await stack.startWorker()

    await expectLiveOnce('v2')
  })

  it('in the middle of migrate never lets a second migration run beside the first', async () => {
    const slow = { variant: 'slow-migration', version: 'v3', pauseSeconds: 8 } as const
    const push = await prepareVersion(stack.repository, stack.user, slow)
    const isMigrating = async () => {
      const running = await docker('ps', '--quiet', '--filter', 'name=^slipway-migrate-shop$')
      if (!running.trim()) return false
      const rows = await stack.site
        .query('SELECT COUNT(*) AS n FROM rebuilds WHERE ended_at IS NULL')
        .catch(() => [])
      return Number(rows[0]?.n ?? 0) > 0
    }
    const killed = killWhen('the migration to be under way', isMigrating)
    await push()
    accepted += 1
    await killed
    expect(await pageVersion()).toBe('v2')

    await stack.startWorker()

    await expectLiveOnce('v3')
    const runs = await stack.site.query("SELECT * FROM migration_runs WHERE version = 'v3'")
    expect(runs).toHaveLength(1)
    expect(runs[0]?.outcome).toBe('applied')
  })

  it.each(['before:switch', 'after:switch', 'after:reload', 'after:check'])(
    'at %s leaves what the next one brings to its end',
    async (place) => {
      await stack.worker().stop()
      const doomed = await stack.startWorker({ SLIPWAY_FAILPOINT: place })
      const version = place.replace(':', '-')
      const push = await prepareVersion(stack.repository, stack.user, { variant: 'v2', version })
      await push()
      accepted += 1
      expect((await doomed.exited).signal).toBe('SIGKILL')

      await stack.startWorker()

      await expectLiveOnce(version)
    },
  )

  it('right after a switch to an unhealthy version goes back to the good one', async () => {
    await stack.worker().stop()
    const doomed = await stack.startWorker({ SLIPWAY_FAILPOINT: 'after:switch' })
    const push = await prepareVersion(stack.repository, stack.user, { variant: 'unhealthy', version: 'bad' })
    await push()
    accepted += 1
    await doomed.exited
    expect(await pageVersion()).toBe('bad')

    await stack.startWorker()

    expect((await stack.deployments.ended('shop', accepted)).state).toBe('rolled-back')
    expect(await pageVersion()).toBe('after-check')
  })
})
