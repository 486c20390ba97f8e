import { getManifest, poll, type Repository, removeContent, retag } from '@slipway/lab'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DeploymentRecord } from '../support/deployments.ts'
import { type FaultStack, startFaultStack } from '../support/fault-stack.ts'

// Above the registry's own patience (a second), so that it gives up a call that is taken later all the same.
const frozenMs = 2_500
const manifestType = 'application/vnd.docker.distribution.manifest.v2+json'

describe('a registry that tells of what is pushed to it', () => {
  let stack: FaultStack

  beforeAll(async () => {
    stack = await startFaultStack({
      notify: true,
      projects: { shop: {}, net: { poll: { every: '10s' } } },
      config: { schedules: { poll: { every: '1s' }, reconcile: { every: '1h' } } },
    })
  })
  afterAll(() => stack?.stop())

  const at = (project: string): Repository => ({
    registry: stack.registry.host,
    repository: `acme/${project}`,
  })

  /** Waits until the newest deployment is of this digest and live; gives all, the oldest first. */
  async function untilLive(project: string, digest: string): Promise<DeploymentRecord[]> {
    let all: DeploymentRecord[] = []
    await poll(
      async () => {
        all = await stack.deployments(project)
        return all[0]?.state === 'live' && all[0].resolvedDigest === digest
      },
      { what: `${digest} to be live`, timeoutMs: 30_000 },
    ).catch((cause: unknown) => {
      throw new Error(
        JSON.stringify(all.map(({ state, tag, digest: hint, why }) => ({ state, tag, hint, why }))),
        {
          cause,
        },
      )
    })
    return all.toReversed()
  }

  /** Waits until the registry has told of a push of its own, and so of all before it: it tells in order. */
  async function untilTold(): Promise<void> {
    const { digest } = await stack.push('net', { version: `told-${Math.random()}`, tag: 'unfollowed' })
    await poll(() => stack.ingest().stdout().includes('does not follow'), { what: `${digest} to be told` })
  }

  /** Calls that ingest had taken before, as its log has them. */
  function repeatedCalls(): readonly { readonly deployments: readonly string[] }[] {
    const lines = stack.ingest().stdout().split('\n')
    return lines.filter((line) => line.includes('"outcome":"repeated"')).map((line) => JSON.parse(line))
  }

  const digests = (all: readonly DeploymentRecord[]) => all.map(({ digest }) => digest)

  it('is believed about a push and a tag that moves, and about nothing else', async () => {
    const first = await stack.push('shop', { version: 'v1' })
    await untilLive('shop', first.digest)
    const staged = await stack.push('shop', { version: 'v2', tag: 'staged' })
    await retag(at('shop'), 'staged', 'latest')
    await untilLive('shop', staged.digest)
    const layer = await layerOf(at('shop'), first.digest)

    expect(await mount(at('net'), 'acme/shop', layer)).toBe(201)
    await removeContent(at('shop'), 'manifests', first.digest)
    // The registry tells in order: what comes after the others shows that those were told.
    const last = await stack.push('shop', { version: 'v3' })

    const all = await untilLive('shop', last.digest)
    expect(digests(all)).toEqual([first.digest, staged.digest, last.digest])
    expect(all.map(({ tag }) => tag)).toEqual(['latest', 'latest', 'latest'])
    expect(all.map(({ trigger = '' }) => JSON.parse(trigger).kind)).toEqual(['webhook', 'webhook', 'webhook'])
    expect(await stack.deployments('net')).toEqual([])
    expect(stack.ingest().stdout()).toContain('"outcome":"ignored"')
  })

  it('tells later what it could not tell, and nothing goes out twice', async () => {
    const before = (await stack.deployments('shop')).length
    stack.ingest().kill('SIGKILL')
    await stack.ingest().exited
    const missed = await stack.push('shop', { version: 'v4' })
    await new Promise((done) => setTimeout(done, 1_000))
    await stack.startIngest()
    await untilLive('shop', missed.digest)

    // A call that is not answered in time is made again, though it arrives in the end.
    const late = await stack.push('shop', { version: 'v5', tag: 'staged' })
    const manifest = await getManifest(at('shop'), 'staged')
    await untilTold()
    stack.ingest().kill('SIGSTOP')
    await putTag(at('shop'), 'latest', manifest)
    await new Promise((done) => setTimeout(done, frozenMs))
    stack.ingest().kill('SIGCONT')
    await untilLive('shop', late.digest)
    const last = await stack.push('shop', { version: 'v6' })

    const all = (await untilLive('shop', last.digest)).slice(before)
    expect(digests(all)).toEqual([missed.digest, late.digest, last.digest])
    expect(all.map(({ state }) => state)).toEqual(['live', 'live', 'live'])
    expect(repeatedCalls().flatMap(({ deployments }) => deployments)).toContain(all[1]?.id)
  })

  it('is asked, where its call was lost for good, though nobody listens', async () => {
    const told = await stack.push('net', { version: 'v1' })
    await untilLive('net', told.digest)
    stack.ingest().kill('SIGKILL')
    await stack.ingest().exited
    const lost = await stack.push('net', { version: 'v2' })
    // What it had still to tell was in its memory.
    await stack.registry.kill()
    await stack.registry.start()

    const all = await untilLive('net', lost.digest)
    await stack.startIngest()

    expect(digests(all)).toEqual([told.digest, lost.digest])
    expect(all.map(({ trigger = '' }) => JSON.parse(trigger).kind)).toEqual(['webhook', 'poll'])
    const { stdout } = await stack.cli('status', 'net')
    expect(stdout).toContain('polled every 10s')
  })
})

async function layerOf({ registry, repository }: Repository, digest: string): Promise<string> {
  const url = `http://${registry}/v2/${repository}/manifests/${digest}`
  const answer = await fetch(url, { headers: { accept: manifestType } })
  const { layers } = (await answer.json()) as { layers: { digest: string }[] }
  return layers[0]?.digest ?? ''
}

/** Takes a layer over from another repository, as clients do that push what the registry has. */
async function mount({ registry, repository }: Repository, from: string, digest: string): Promise<number> {
  const query = new URLSearchParams({ mount: digest, from })
  const answer = await fetch(`http://${registry}/v2/${repository}/blobs/uploads/?${query}`, {
    method: 'POST',
  })
  await answer.body?.cancel()
  return answer.status
}

/** Gives a manifest a tag: one request, and so one event. */
async function putTag(
  { registry, repository }: Repository,
  tag: string,
  { mediaType, bytes }: Awaited<ReturnType<typeof getManifest>>,
): Promise<void> {
  const url = `http://${registry}/v2/${repository}/manifests/${tag}`
  const answer = await fetch(url, { method: 'PUT', headers: { 'content-type': mediaType }, body: bytes })
  await answer.body?.cancel()
  expect(answer.status).toBe(201)
}
