import { access, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import {
  bundleLayer,
  busyboxLayer,
  freePort,
  newSigningKey,
  payloadFor,
  poll,
  pushImage,
  putBundles,
  putSimpleSignatures,
  type Repository,
  simpleLayer,
} from '@slipway/lab'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { DeploymentRecord } from '../support/deployments.ts'
import type { FaultPush } from '../support/fault-images.ts'
import { type FaultStack, startFaultStack } from '../support/fault-stack.ts'
import { type MigrationDesk, openMigrationDesk } from '../support/migration-desk.ts'
import { type Nginx, startNginx } from '../support/nginx-site.ts'
import { untilClean, untilLogged, watched } from '../support/untouched.ts'

const [trusted, foreign] = [newSigningKey(), newSigningKey()]
const database = 'till-database'
const app = 'shop-app'
const soon = { timeout: '2s', retries: 5, interval: '100ms' }

let folder: string
let desk: MigrationDesk
let stack: FaultStack
let nginx: Nginx
let pageUrl: string
let appAt: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-walk-'))
  const key = join(folder, 'cosign.pub')
  await writeFile(key, `${trusted.pem}\n`)
  desk = await openMigrationDesk()
  const [nginxPort, appPort] = [await freePort(), await freePort()]
  pageUrl = `http://127.0.0.1:${nginxPort}/page.html`
  appAt = `127.0.0.1:${appPort}`
  stack = await startFaultStack({
    projects: {
      vault: { trust: { cosign: { key } } },
      till: {
        migrate: { ...desk.settings, before: { container: database, command: dump }, maintenance: 'on' },
        check: { ...soon, url: pageUrl },
      },
      clinic: { watch: '3s', check: { timeout: '5s', retries: 1 } },
      shop: {
        services: [{ container: app, action: 'restart' }],
        check: [
          { ...soon, url: pageUrl, host: 'shop.example.com', text: 'Welcome to the shop' },
          { ...soon, tcp: appAt },
          { ...soon, exec: { container: app, command: ['sh', '/site/current/ready'] } },
          { ...soon, health: app },
        ],
      },
    },
  })
  const sites = { 'till.example.com': stack.root('till'), 'shop.example.com': stack.root('shop') }
  const [, started] = await Promise.all([
    startContainers(appPort),
    startNginx({ folder, port: nginxPort, sites }),
  ])
  nginx = started
  await Promise.all([
    signed('vault-1'),
    stack.deploy('till', till('v1')),
    stack.deploy('clinic', { version: 'v1' }),
    stack.deploy('shop', shop('v1')),
  ])
})
afterAll(async () => {
  await nginx?.stop()
  await stack?.engine.docker('rm', '--force', database, app)
  await stack?.stop()
  await desk?.stop()
  await rm(folder, { recursive: true, force: true })
})

/** Run in the database before each migration. It waits at a gate, fails on a full disk, and bears no other beside it. */
const dump = [
  'sh',
  '-c',
  'mkdir /tmp/lock || exit 75; while test -e /tmp/gate; do sleep 0.1; done; rm -r /tmp/lock; ' +
    'test ! -e /tmp/full || { sleep 0.3; echo no space left; exit 28; }; cat /tmp/rows > /tmp/dump',
]

/** A database to dump, and what serves the shop: whatever its live release starts. */
async function startContainers(port: number): Promise<void> {
  const tools = { registry: stack.registry.host, repository: 'acme/tools' }
  const name = `${tools.registry}/${tools.repository}:latest`
  await pushImage({ ...tools, tags: ['latest'], base: await busyboxLayer({ say: () => {} }) })
  const start = (container: string, script: string, ...options: string[]) => {
    const args = ['--detach', '--init', '--name', container, ...options]
    return stack.engine.docker('run', ...args, name, 'sh', '-c', script)
  }
  await start(database, 'echo all that was sold > /tmp/rows; sleep 100000', '--network', 'none')
  await start(
    app,
    'test ! -e /site/current/start || exec sh /site/current/start; exec sleep 100000',
    ...['--network', 'host', '--env', `PORT=${port}`, '--volume', `${stack.root('shop')}:/site`],
    ...['--health-cmd', 'sh /site/current/healthy', '--health-interval', '200ms', '--health-retries', '1'],
  )
}

function till(version: string): FaultPush {
  return { version, files: { 'public/page.html': version } }
}

function shop(version: string, files: Readonly<Record<string, string>> = {}): FaultPush {
  const well = {
    'public/page.html': `<h1>Welcome to the shop</h1> ${version}`,
    start: 'exec busybox httpd -f -p 127.0.0.1:$PORT',
    ready: 'exit 0',
    healthy: 'exit 0',
  }
  return { version, files: { ...well, ...files } }
}

function stepsOf({ timings }: DeploymentRecord): string[] {
  return JSON.parse(timings ?? '[]').map(({ step }: { step: string }) => step)
}

type Sign = (to: Repository, digest: string) => Promise<void>

const asTag: Sign = (to, digest) =>
  putSimpleSignatures(to, digest, [simpleLayer(trusted, payloadFor(digest))])

/** Pushes an image to the vault, signs it, and waits for the end of its deployment. */
async function signed(version: string, sign: Sign = asTag, expected = 'live') {
  const { digest } = await stack.push('vault', { version })
  await sign({ registry: stack.registry.host, repository: 'acme/vault' }, digest)
  const { deployments } = await stack.announce('vault', digest)
  return { digest, end: await stack.untilOutcome(deployments[0]?.id ?? '', expected) }
}

describe('a project that trusts a key', () => {
  const pulled = async (digest: string) =>
    (await stack.engine.docker('images', '--all', '--digests', '--format', '{{.Digest}}')).includes(digest)

  it('puts live what is signed, by a tag beside the image or by a bundle that refers to it', async () => {
    expect((await stack.current('vault'))?.version).toBe('vault-1')

    const { digest, end } = await signed('vault-2', (to, it) =>
      putBundles(to, it, [bundleLayer(foreign, it), bundleLayer(trusted, it)]),
    )

    expect((await stack.current('vault'))?.version).toBe('vault-2')
    expect(await pulled(digest)).toBe(true)
    expect(await stack.log(end.id ?? '')).toContain(`[resolve] ${digest} is signed by a trusted key`)
  })

  const other = `sha256:${'0'.repeat(64)}`
  it.each<[string, string, Sign]>([
    ['is not signed', 'bears no signature.', async () => {}],
    [
      'is signed by another key',
      'bears no signature of a trusted key (2 looked at)',
      async (to, digest) => {
        await putSimpleSignatures(to, digest, [simpleLayer(foreign, payloadFor(digest))])
        await putBundles(to, digest, [bundleLayer(foreign, digest)])
      },
    ],
    [
      'has the signature of another image',
      'bears no signature of a trusted key (1 looked at)',
      (to, digest) => putSimpleSignatures(to, digest, [simpleLayer(trusted, payloadFor(other))]),
    ],
  ])('refuses before the pull what %s', async (what, why, sign) => {
    const [live, releases] = [await stack.current('vault'), await stack.releases('vault')]

    const { digest, end } = await signed(what, sign, 'failed')

    expect(end).toMatchObject({ errorCode: 'IMAGE_UNTRUSTED', attempts: '1' })
    expect(end.why).toContain(`${digest} ${why}`)
    expect(stepsOf(end)).toEqual(['resolve'])
    expect(await pulled(digest)).toBe(false)
    expect(await stack.current('vault')).toEqual(live)
    expect(await stack.releases('vault')).toEqual(releases)
    await untilClean(stack, 'vault')
  })
})

describe('a site that shows a maintenance page while its database is dumped and migrated', () => {
  const inDatabase = (...command: string[]) => stack.engine.docker('exec', database, ...command)
  const hasPage = () =>
    access(join(stack.root('till'), 'maintenance.on')).then(
      () => true,
      () => false,
    )

  async function visit() {
    const answer = await fetch(pageUrl, { signal: AbortSignal.timeout(5_000) })
    const text = await answer.text()
    return { status: answer.status, text, retryAfter: answer.headers.get('retry-after') }
  }

  /** The page is on a moment before the command runs. */
  const untilDumping = () =>
    poll(async () => (await stack.engine.docker('top', database)).includes('/tmp/gate'), { what: 'the dump' })

  /** What visitors get while something is done, each answer once. */
  async function visited<T>(work: () => Promise<T>) {
    const answers: string[] = []
    let isOver = false
    async function look() {
      const { status, text } = await visit()
      const answer = status === 200 ? text : String(status)
      if (answers.at(-1) !== answer) answers.push(answer)
    }
    const visiting = (async () => {
      for (await look(); !isOver; await look()) await delay(5)
    })()
    const [result] = await Promise.all([work().finally(() => (isOver = true)), visiting])
    return { result, answers }
  }

  afterEach(async () => {
    desk.release('v2')
    await inDatabase('rm', '-f', '/tmp/gate', '/tmp/full')
  })

  it('is away from before the dump until the new version is there, and the dump comes first', async () => {
    await inDatabase('sh', '-c', 'rm /tmp/dump; touch /tmp/gate')
    desk.hold('v2')

    const { result, answers } = await visited(async () => {
      const { id } = await stack.order('till', till('v2'))
      await poll(async () => (await visit()).status === 503, { what: 'the page' })
      const duringDump = { page: await visit(), begun: desk.begun('v2') }
      await inDatabase('rm', '/tmp/gate')
      await poll(() => desk.begun('v2') === 1, { what: 'the migration' })
      const duringMigration = { page: await visit(), dumped: await inDatabase('cat', '/tmp/dump') }
      desk.release('v2')
      return { duringDump, duringMigration, end: await stack.untilOutcome(id, 'live') }
    })

    const page = { status: 503, retryAfter: '30', text: expect.stringContaining('Back in a moment') }
    expect(result.duringDump).toEqual({ page, begun: 0 })
    expect(result.duringMigration).toEqual({ page, dumped: 'all that was sold\n' })
    expect(answers).toEqual(['v1', '503', 'v2'])
    expect(await hasPage()).toBe(false)
    expect(await stack.log(result.end.id ?? '')).toMatch(/page is on.*migrated to v2.*page is off/s)
  })

  it('stays as it is when the dump fails: no migration begins and nothing is switched', async () => {
    const live = await stack.current('till')
    await inDatabase('touch', '/tmp/full')

    const { result, answers } = await visited(() => stack.deploy('till', till('v3'), 'failed'))

    expect(result).toMatchObject({ errorCode: 'BACKUP_FAILED', attempts: '1' })
    expect(result.why).toContain('exit code 28')
    expect(await stack.log(result.id ?? '')).toContain('[migrate] before | no space left')
    expect(stepsOf(result).at(-1)).toBe('migrate')
    expect(desk.begun('v3')).toBe(0)
    expect(answers).toEqual(['v2', '503', 'v2'])
    expect(await hasPage()).toBe(false)
    expect(await stack.current('till')).toEqual(live)
    await untilClean(stack, 'till')
  })

  it('takes the same image when there is room for the dump again', async () => {
    await stack.deploy('till', till('v3'))

    expect(desk.ended('v3')).toBe(1)
    expect((await visit()).text).toBe('v3')
  })

  it('stays away when the worker dies, until the next one has waited for the dump and migrated', async () => {
    await inDatabase('sh', '-c', 'rm /tmp/dump; touch /tmp/gate')

    const { result, answers } = await visited(async () => {
      const { id } = await stack.order('till', till('v4'))
      await poll(async () => (await visit()).status === 503, { what: 'the page' })
      await untilDumping()
      await stack.killWorkers()
      await stack.startWorker()
      await untilLogged(stack, id, 'an earlier run left it running')
      await inDatabase('rm', '/tmp/gate')
      return stack.untilOutcome(id, 'live')
    })

    expect(answers).toEqual(['v3', '503', 'v4'])
    expect(result.attempts).toBe('2')
    expect([desk.begun('v4'), desk.ended('v4')]).toEqual([1, 1])
    expect(await inDatabase('cat', '/tmp/dump')).toBe('all that was sold\n')
    expect(await hasPage()).toBe(false)
  })
})

describe('a site that is watched after its check', () => {
  it('goes back by itself when a release gets ill within the window, and holds its image', async () => {
    const before = await stack.deployments('clinic')
    const ill: FaultPush = { version: 'v2', health: 'fade' }

    const { result, versions } = await watched(stack, 'clinic', () =>
      stack.deploy('clinic', ill, 'rolled-back'),
    )

    expect(versions).toEqual(['v1', 'v2', 'v1'])
    expect(result).toMatchObject({ errorCode: 'CHECK_FAILED' })
    expect(result.why).toMatch(
      /\/health has to answer 200, but it failed 2 times, the last time: it answered 500/,
    )
    const log = await stack.log(result.id ?? '')
    expect(log).toMatch(/answered 200.*watching for 3 s.*answered 500.*CHECK_FAILED/s)
    expect(log).not.toContain('it was well for')
    expect(await stack.log(before[0]?.id ?? '')).toContain('it was well for 3 s')
    const again = await stack.deploy('clinic', ill, 'failed')
    expect(again.errorCode).toBe('DIGEST_HELD')
    expect((await stack.current('clinic'))?.version).toBe('v1')
  })
})

describe('a site with several checks', () => {
  const saw = (): string[] => [
    `[check] GET ${pageUrl} answered 200, with the text`,
    `[check] tcp ${appAt} took the connection`,
    `[check] sh in ${app} ended with exit code 0`,
    `[check] the container ${app} is healthy`,
  ]

  it('is live when each of them has passed, in their order', async () => {
    const { id } = await stack.deploy('shop', shop('v2'))

    const lines = (await stack.log(id ?? '')).split('\n')
    expect(lines.filter((line) => saw().includes(line))).toEqual(saw())
    expect((await stack.current('shop'))?.version).toBe('v2')
  })

  it.each([
    {
      kind: 'http',
      files: { 'public/page.html': 'Closed' },
      name: (): string => `GET ${pageUrl}`,
      expects: 'has to answer 200 with the text "Welcome to the shop"',
      because: 'answered 200, without the text "Welcome to the shop"',
    },
    {
      kind: 'tcp',
      files: { start: 'exec sleep 100000' },
      name: (): string => `tcp ${appAt}`,
      expects: 'has to take a connection',
      because: 'ECONNREFUSED',
    },
    {
      kind: 'exec',
      files: { ready: 'echo the cache is cold; exit 3' },
      name: (): string => `sh in ${app}`,
      expects: 'has to end with exit code 0',
      because: 'ended with exit code 3: the cache is cold',
    },
    {
      kind: 'health',
      files: { healthy: 'echo out of stock; exit 1' },
      name: (): string => `the container ${app}`,
      expects: 'has to be healthy',
      because: 'is unhealthy: out of stock',
    },
  ])('names the one that fails, by $kind, and goes back', async ({ kind, files, name, expects, because }) => {
    const end = await stack.deploy('shop', shop(kind, files), 'rolled-back')

    expect(end).toMatchObject({ errorCode: 'CHECK_FAILED' })
    expect(end.why).toContain(`${name()} ${expects}`)
    expect(end.why).toContain(because)
    const told = (await stack.log(end.id ?? '')).split('\n').filter((line) => line.includes(because))
    expect(told[0]?.startsWith(`[check] ${name()} `)).toBe(true)
    expect((await stack.current('shop'))?.version).toBe('v2')
  })
})
