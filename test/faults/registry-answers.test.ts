import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileEntries, type Image, makeImage, makeImageList, makeLayer } from '@slipway/lab'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { announceAsDistribution } from '../support/announce.ts'
import { type FakeRegistry, refusal, type Spoil, startFakeRegistry } from '../support/fake-registry.ts'
import { sourcePath } from '../support/fault-config.ts'
import { type FaultStack, startFaultStack } from '../support/fault-stack.ts'
import { everythingSaid, formsOf } from '../support/secrets.ts'
import { firstInShort } from '../support/short-form.ts'
import { untilClean, watched } from '../support/untouched.ts'

const repository = 'acme/shop'
const username = 'canary'
const attempts = 3

describe('a registry that answers wrongly', () => {
  const password = `canary "${randomBytes(12).toString('hex')}"/+`
  let folder = ''
  let fake: FakeRegistry
  let stack: FaultStack
  let version = ''
  let count = 0
  let image: Image

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slipway-secret-'))
    const file = join(folder, 'password')
    await writeFile(file, password, { mode: 0o600 })
    fake = await startFakeRegistry({ repository, username, password })
    const timeouts = { resolve: '3s', pull: '2s', pull_inactivity: '2s' }
    stack = await startFaultStack({
      projects: { shop: { image: `${fake.host}/${repository}`, credentials: 'canary', timeouts } },
      config: {
        retry: { attempts, delay: '100ms' },
        credentials: { canary: { username, password: { file } } },
        // The fake stands beside the registry of the stack: each push names its own.
        hooks: { registry: { registry: undefined } },
      },
    })
    await serve('v0')
    await stack.untilOutcome(await announce(), 'live')
  })
  beforeEach(async () => {
    count += 1
    version = `v${count}`
    image = await serve(version)
  })
  afterEach(() => fake.mend())
  afterAll(async () => {
    await stack?.stop()
    await fake?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  async function serve(name: string): Promise<Image> {
    const files = {
      [`${sourcePath}/REVISION`]: `${name}\n`,
      [`${sourcePath}/public/index.php`]: `<?php echo '${name}';\n`,
    }
    const made = makeImage({ layers: [await makeLayer(fileEntries(files))] })
    fake.put('latest', made.manifest, made.blobs)
    return made
  }

  /** Tells of a push, without its digest: the registry alone says what it is. */
  async function announce(): Promise<string> {
    const push = { registry: fake.host, repository, tag: 'latest', digest: '' }
    const { deployments } = await announceAsDistribution(stack.ingestUrl, stack.config.hookSecret, push)
    return deployments[0]?.id ?? expect.fail('the push was not accepted')
  }

  const deploy = (expected: string) =>
    watched(stack, 'shop', async () => stack.untilOutcome(await announce(), expected))

  const type = 'application/vnd.docker.distribution.manifest.v2+json'

  it.each(
    firstInShort<[what: string, code: string, spoil: Spoil]>(5, [
      ['401', 'REGISTRY_UNAUTHORIZED', atManifest((asked) => refusal(asked, 401))],
      ['403', 'REGISTRY_DENIED', atManifest((asked) => refusal(asked, 403))],
      ['404', 'IMAGE_NOT_FOUND', atManifest((asked) => refusal(asked, 404))],
      ['what is not JSON', 'REGISTRY_PROTOCOL', atManifest(() => content(type, 'latest'))],
      ['the digest of nothing', 'ENGINE_FAILED', atManifest(withDigest(`sha256:${'ab'.repeat(32)}`))],
      ['a web page', 'REGISTRY_PROTOCOL', atManifest(() => content('text/html', '<p>Log in</p>'))],
      ['a digest that is none', 'REGISTRY_PROTOCOL', atManifest(withDigest('sha256:1234'))],
      ['a status of its own', 'REGISTRY_PROTOCOL', atManifest((asked) => refusal(asked, 418))],
      ['403 to the engine alone', 'ENGINE_FAILED', atManifest(whenFetched((asked) => refusal(asked, 403)))],
    ]),
  )('F18: %s ends the deployment at once, with %s', async (_what, code, spoil) => {
    fake.spoil(spoil)

    const { result, versions } = await deploy('failed')

    expect(result).toMatchObject({ errorCode: code, attempts: '1' })
    expect(versions).toHaveLength(1)
    await untilClean(stack, 'shop')
  })

  it('F18: an image for other platforms alone ends the deployment at once, and names the platform', async () => {
    fake.put('latest', makeImageList([{ manifest: image.manifest, architecture: 's390x' }]), [])

    const { result, versions } = await deploy('failed')

    expect(result).toMatchObject({ errorCode: 'IMAGE_PLATFORM_UNSUITABLE', attempts: '1' })
    expect(result.why).toContain('linux/')
    expect(versions).toHaveLength(1)
  })

  it.each(
    firstInShort<[what: string, says: string, spoil: Spoil]>(2, [
      ['a blob with other bytes than its digest says', 'verification failed', atBlob(withFlippedBits)],
      ['no blob', 'unknown blob', atBlob((asked) => refusal(asked, 404))],
      ['a blob that is shorter than it should be', 'verification failed', atBlob(withLastByteMissing)],
      ['401 for a blob', 'unauthorized', atBlob((asked) => refusal(asked, 401))],
      ['403 for a blob', 'denied', atBlob((asked) => refusal(asked, 403))],
      [
        'another manifest than was asked for',
        'verification failed',
        atManifest(whenFetched(withOneMoreByte)),
      ],
    ]),
  )(
    'F18: %s is fetched again as often as allowed, and nothing of it goes live',
    async (_what, says, spoil) => {
      fake.spoil(spoil)

      const { result, versions } = await deploy('failed')

      expect(result).toMatchObject({ errorCode: 'PULL_FAILED', attempts: String(attempts) })
      expect(result.why).toContain(says)
      expect(versions).toHaveLength(1)
      await untilClean(stack, 'shop')
    },
  )

  it.each([
    [429, '1', 'REGISTRY_RATE_LIMITED'],
    [503, '1', 'REGISTRY_UNAVAILABLE'],
    [500, '0', 'REGISTRY_UNAVAILABLE'],
  ])(
    'F18: after %i it is asked again, not before the %s s that it names, and the push goes live',
    async (status, wait, code) => {
      const refusals: number[] = []
      fake.spoil(
        atManifest((asked, due) => {
          if (refusals.length > 0) return due
          refusals.push(asked.at)
          return refusal(asked, status, { 'retry-after': wait })
        }),
      )

      const { result, versions } = await deploy('live')

      const [refusedAt = 0] = refusals
      const next = fake.asked().find(({ kind, at }) => kind === 'manifest' && at > refusedAt)
      expect((next?.at ?? 0) - refusedAt).toBeGreaterThanOrEqual(Number(wait) * 1_000)
      expect(await stack.log(result.id ?? '')).toContain(`${code}: `)
      expect(result.attempts).toBe('2')
      expect(versions.slice(1)).toEqual([version])
    },
  )

  it.each(
    firstInShort<[what: string, code: string, spoil: Spoil]>(1, [
      ['a blob that breaks off half-way', 'STEP_TIMEOUT', atBlob(brokenOff)],
      ['429 for a manifest', 'PULL_FAILED', atManifest(whenFetched((asked) => refusal(asked, 429)))],
      ['500 for a manifest', 'PULL_FAILED', atManifest(whenFetched((asked) => refusal(asked, 500)))],
    ]),
  )('F18: %s, once, is tried again by us and goes live', async (_what, code, spoil) => {
    fake.spoil(spoil)

    const { result, versions } = await watched(stack, 'shop', async () => {
      const id = await announce()
      await expect.poll(() => stack.log(id), { timeout: 10_000 }).toContain(`${code}: `)
      fake.mend()
      return stack.untilOutcome(id, 'live')
    })

    expect(Number(result.attempts)).toBeGreaterThan(1)
    expect(versions.slice(1)).toEqual([version])
    await untilClean(stack, 'shop')
  })

  it('F18: whatever it said, nothing of the password is written down, and nobody was sent anything else', async () => {
    fake.spoil(atBlob((asked) => refusal(asked, 403)))
    await deploy('failed')

    const said = await everythingSaid(stack)

    // What a registry says is told on; what it was told is not.
    expect(said).toContain('you said')
    expect(formsOf(username, password).filter((form) => said.includes(form))).toEqual([])
    const basic = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
    expect(new Set(fake.asked().map(({ authorization }) => authorization))).toEqual(new Set(['', basic]))
  })
})

function atManifest(change: Spoil): Spoil {
  return (asked, due) => (asked.kind === 'manifest' ? change(asked, due) : due)
}

function atBlob(change: Spoil): Spoil {
  return (asked, due) => (asked.kind === 'blob' ? change(asked, due) : due)
}

/** We ask what the tag is by HEAD; whoever sends a GET wants the content: the engine. */
function whenFetched(change: Spoil): Spoil {
  return (asked, due) => (asked.method === 'GET' ? change(asked, due) : due)
}

function withDigest(digest: string): Spoil {
  return (_asked, due) => ({ ...due, headers: { ...due.headers, 'docker-content-digest': digest } })
}

function content(type: string, text: string) {
  return { status: 200, headers: { 'content-type': type }, body: Buffer.from(text) }
}

const withFlippedBits: Spoil = (_asked, due) => ({
  ...due,
  body: Buffer.from(due.body.map((byte) => byte ^ 1)),
})
const withOneMoreByte: Spoil = (_asked, due) => ({
  ...due,
  body: Buffer.concat([due.body, Buffer.from(' ')]),
})
const withLastByteMissing: Spoil = (_asked, due) => ({ ...due, body: due.body.subarray(0, -1) })
const brokenOff: Spoil = (_asked, due) => ({ ...due, breakOffAfter: Math.floor(due.body.length / 2) })
