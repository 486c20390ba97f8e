import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { hammer, runCli, watchCurrent } from '@slipway/lab'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { docker, prepareVersion } from '../support/pushes.ts'
import { type Stack, startStack } from '../support/stack.ts'

const enoughRequests = 10_000

describe('a push to a registry', () => {
  let stack: Stack
  let versions: Readonly<Record<string, (tag?: string) => Promise<string>>>
  let accepted = 0

  beforeAll(async () => {
    stack = await startStack()
    const prepare = (version: Parameters<typeof prepareVersion>[2]) =>
      prepareVersion(stack.repository, stack.user, version)
    versions = {
      v1: await prepare({ variant: 'v1', version: 'v1' }),
      v2: await prepare({ variant: 'v2', version: 'v2' }),
      v3: await prepare({ variant: 'broken-migration', version: 'v3' }),
      v4: await prepare({ variant: 'unhealthy', version: 'v4' }),
      v5: await prepare({ variant: 'v2', version: 'v5' }),
      v6: await prepare({ variant: 'v2', version: 'v6' }),
    }
  })
  afterAll(() => stack?.stop())

  async function push(version: string): Promise<string> {
    const digest = await versions[version]?.()
    accepted += 1
    return digest ?? ''
  }

  async function pageVersion(): Promise<string | null> {
    const response = await fetch(stack.site.siteUrl)
    await response.body?.cancel()
    return response.headers.get('x-site-version')
  }

  it('puts the first version live, pulled by its digest and migrated by the image itself', async () => {
    const digest = await push('v1')

    const deployment = await stack.deployments.ended('shop', accepted)

    expect(deployment).toMatchObject({
      state: 'live',
      resolvedDigest: digest,
      project: 'shop',
      host: 'local',
    })
    const page = await fetch(stack.site.siteUrl)
    expect(await page.text()).toContain('v1')
    expect(page.status).toBe(200)
    expect(await stack.site.query('SELECT name FROM schema_migrations')).not.toEqual([])
    const steps = JSON.parse(deployment.timings ?? '[]').map((timing: { step: string }) => timing.step)
    expect(steps).toEqual(['resolve', 'pull', 'copy', 'link', 'migrate', 'switch', 'reload', 'check'])
    expect(await stack.deployments.log(deployment.id ?? '')).toContain(`[pull] Digest: ${digest}`)
  })

  it('goes to the next version and back by itself without one failed request or one half release', async () => {
    const watch = await watchCurrent(stack.root, { countVendor: true })
    const requests = await hammer(stack.site.siteUrl)

    await push('v2')
    const second = await stack.deployments.ended('shop', accepted)
    await push('v4')
    const unhealthy = await stack.deployments.ended('shop', accepted)
    const [seen, answered] = [await watch.stop(), await requests.stop()]

    expect(second.state).toBe('live')
    expect(unhealthy).toMatchObject({ state: 'rolled-back', errorCode: 'CHECK_FAILED' })
    expect(unhealthy.why).toContain('the database was not changed back')
    expect(await pageVersion()).toBe('v2')
    expect(seen.gaps).toEqual([])
    expect(seen.targets.map(({ revision }) => revision)).toEqual(['v1', 'v2', 'v4', 'v2'])
    expect(answered.reasons).toEqual({})
    expect(answered.total).toBeGreaterThan(0)
  })

  it('does not bring back what failed its check, however often it is pushed, until somebody insists', async () => {
    const current = await readLink(stack)
    await push('v4')

    const repeated = await stack.deployments.ended('shop', accepted)

    expect(repeated).toMatchObject({ state: 'failed', errorCode: 'DIGEST_HELD' })
    expect(await readLink(stack)).toBe(current)
    const insisted = await runCli(['deploy', 'shop', '--force', '--wait'], { configFile: stack.configFile })
    accepted += 1
    expect(insisted.code).toBe(1)
    expect(insisted.stdout).toContain('outcome: rolled-back')
    expect(await readLink(stack)).toBe(current)
  })

  it('answers ten thousand requests without a failure while versions come and go', async () => {
    const watch = await watchCurrent(stack.root)
    const requests = await hammer(stack.site.siteUrl)

    while (requests.progress() < enoughRequests) {
      for (const version of ['v1', 'v2']) {
        await push(version)
        expect((await stack.deployments.ended('shop', accepted)).state).toBe('live')
      }
    }
    const [seen, answered] = [await watch.stop(), await requests.stop()]

    expect(answered.reasons).toEqual({})
    expect(answered.total).toBeGreaterThanOrEqual(enoughRequests)
    expect(Object.keys(answered.answers).toSorted()).toEqual(['v1', 'v2'])
    expect(seen.gaps).toEqual([])
    expect(seen.targets.length).toBeGreaterThan(2)
  })

  it('keeps the live version when a migration breaks, and does nothing after it', async () => {
    const current = await readLink(stack)
    await push('v3')

    const deployment = await stack.deployments.ended('shop', accepted)

    expect(deployment).toMatchObject({ state: 'failed', errorCode: 'MIGRATION_FAILED' })
    expect(await readLink(stack)).toBe(current)
    expect(await pageVersion()).toBe('v2')
    const steps = JSON.parse(deployment.timings ?? '[]').map((timing: { step: string }) => timing.step)
    expect(steps.at(-1)).toBe('migrate')
    const applied = await stack.site.query("SELECT name FROM schema_migrations WHERE name LIKE '0900%'")
    expect(applied).toEqual([])
  })

  it('ends on the newest of two pushes in a row', async () => {
    await push('v5')
    await push('v6')

    const newest = await stack.deployments.ended('shop', accepted)

    expect(newest.state).toBe('live')
    expect(await pageVersion()).toBe('v6')
    const [, older] = await stack.deployments.list('shop')
    expect(['superseded', 'live']).toContain(older?.state)
    if (older?.state === 'superseded') expect(older.supersededBy).toBe(newest.id)
  })

  it('answers the same push a second time with a deployment that changes nothing', async () => {
    const before = await readLink(stack)
    await push('v6')

    const again = await stack.deployments.ended('shop', accepted)

    expect(again.state).toBe('already-live')
    expect(await readLink(stack)).toBe(before)
  })

  it('answers a wrong token like an unknown hook, and queues nothing', async () => {
    const body = JSON.stringify({ events: [] })
    const ask = (url: string, authorization: string) =>
      fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/vnd.docker.distribution.events.v1+json', authorization },
        body,
      })
    const before = await stack.deployments.list('shop')

    const wrong = await ask(stack.hookUrl, `Bearer ${stack.hookSecret.slice(0, -1)}x`)
    const unknown = await ask(stack.hookUrl.replace(/registry$/, 'nobody'), `Bearer ${stack.hookSecret}`)

    expect([wrong.status, unknown.status]).toEqual([404, 404])
    expect(await wrong.text()).toBe(await unknown.text())
    expect(await stack.deployments.list('shop')).toEqual(before)
  })

  it('keeps what visitors uploaded outside the releases', async () => {
    const uploads = await readFile(join(stack.root, 'current', 'REVISION'), 'utf8')
    expect(uploads.trim()).toBe('v6')
    await docker(
      'exec',
      stack.site.containers.phpFpm,
      'sh',
      '-c',
      'echo kept > /srv/site/shared/storage/uploads/a.txt',
    )

    expect(await readFile(join(stack.root, 'current/storage/uploads/a.txt'), 'utf8')).toBe('kept\n')
  })

  it('goes back on command without one failed request, and keeps away what it left', async () => {
    const requests = await hammer(stack.site.siteUrl)
    const { code } = await runCli(['rollback', 'shop', '--wait'], { configFile: stack.configFile })
    const answered = await requests.stop()
    accepted += 1
    const back = await stack.deployments.ended('shop', accepted)
    const older = await pageVersion()
    await push('v6')
    const repeated = await stack.deployments.ended('shop', accepted)

    expect(code).toBe(0)
    expect(answered.reasons).toEqual({})
    expect(answered.versions).toEqual(['v6', older])
    expect(JSON.parse(back.timings ?? '[]').map(({ step }: { step: string }) => step)).not.toContain(
      'migrate',
    )
    expect(repeated).toMatchObject({ state: 'failed', errorCode: 'DIGEST_HELD' })
    expect(await pageVersion()).toBe(older)
  })

  it('tells an operator what is live', async () => {
    const { code, stdout } = await runCli(['status', 'shop', '--json'], { configFile: stack.configFile })

    expect(code).toBe(0)
    expect(stdout).toContain('already-live')
  })

  it('leaves no secret in any log, in Redis or in a temporary folder', async () => {
    const said = [...stack.ingest.lines(), ...stack.worker().lines()].join('\n')
    const password = /DB_PASSWORD=(.*)/.exec(await readFile(stack.site.envFile, 'utf8'))?.[1] ?? ''
    const kept = await stack.deployments.dump()

    for (const secret of [stack.hookSecret, stack.user.password, password]) {
      expect(secret.length).toBeGreaterThan(10)
      expect(said).not.toContain(secret)
      expect(kept).not.toContain(secret)
    }
    const leftovers = (await readdir(join(stack.root, 'releases'))).filter((name) => name.startsWith('.'))
    expect(leftovers).toEqual([])
    const containers = await docker('ps', '--all', '--quiet', '--filter', 'label=slipway.project=shop')
    expect(containers.trim()).toBe('')
  })
})

async function readLink(stack: Stack): Promise<string> {
  return docker('exec', stack.site.containers.nginx, 'readlink', '/srv/site/current')
}
