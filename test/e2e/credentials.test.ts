import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  buildSource,
  type LabProcess,
  type LabRedis,
  type LabRegistry,
  poll,
  push,
  runCli,
  startRedis,
  startTokenRegistry,
  startWorker,
  sweepThisRun,
} from '@slipway/lab'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { type Deployments, openDeployments } from '../support/deployments.ts'
import { docker } from '../support/pushes.ts'

const say = () => {}
const secret = () => randomBytes(18).toString('hex')

describe('two projects with two users on one registry', () => {
  const ada = { username: 'ada', password: secret() }
  const bob = { username: 'bob', password: secret() }
  /** Whose password is temporary: a command prints it. */
  const cy = { username: 'cy', password: secret() }
  let token: string
  let folder: string
  let redis: LabRedis
  let registry: LabRegistry
  let worker: LabProcess
  let deployments: Deployments
  let configFile: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slipway-users-'))
    redis = await startRedis({ say })
    registry = await startTokenRegistry({
      say,
      users: [
        { ...ada, repositories: ['ada/site'] },
        { ...bob, repositories: ['bob/site'] },
        { ...cy, repositories: ['ada/site'] },
      ],
    })
    for (const user of [ada, bob]) {
      await writeFile(join(folder, user.username), user.password, { mode: 0o600 })
      const tag = `${registry.host}/${user.username}/site:latest`
      await buildSource({ say, tag, variant: 'v1', version: user.username, packages: 10 })
      await push(tag, user)
      await docker('image', 'rm', tag)
    }
    const printed = join(folder, 'cy.json')
    await writeFile(printed, JSON.stringify({ ...cy, expires_in: 3600 }), { mode: 0o600 })
    token = await tokenFor(ada, registry.host, 'ada/site')
    await writeFile(join(folder, 'token'), token, { mode: 0o600 })
    const project = (repository: string, credentials: string, name: string) => ({
      image: `${registry.host}/${repository}`,
      credentials,
      source: { path: '/var/www/app' },
      release: { root: join(folder, 'sites', name) },
    })
    const login = ({ username }: { username: string }) => ({
      username,
      password: { file: join(folder, username) },
    })
    configFile = join(folder, 'slipway.yaml')
    const config = {
      redis: { url: redis.url },
      retry: { attempts: 2, delay: '200ms' },
      credentials: {
        ada: login(ada),
        bob: login(bob),
        cy: { command: ['/bin/cat', printed] },
        token: { token: { file: join(folder, 'token') } },
        broken: { command: ['/bin/sh', '-c', `cat ${printed}; cat ${printed} >&2; exit 7`] },
      },
      projects: {
        'ada-site': project('ada/site', 'ada', 'ada-site'),
        'bob-site': project('bob/site', 'bob', 'bob-site'),
        'bob-as-ada': project('bob/site', 'ada', 'bob-as-ada'),
        'ada-by-command': project('ada/site', 'cy', 'ada-by-command'),
        'ada-by-token': project('ada/site', 'token', 'ada-by-token'),
        'bob-by-command': project('bob/site', 'cy', 'bob-by-command'),
        'bob-by-token': project('bob/site', 'token', 'bob-by-token'),
        'ada-broken': project('ada/site', 'broken', 'ada-broken'),
        'bob-as-nobody': { ...project('bob/site', 'ada', 'bob-as-nobody'), credentials: undefined },
      },
    }
    await writeFile(configFile, stringify(config))
    worker = await startWorker({ configFile })
    deployments = openDeployments(redis.url, 'local')
  })
  afterAll(async () => {
    await deployments?.close()
    await worker?.stop()
    await registry?.stop()
    await redis?.stop()
    await sweepThisRun()
    await rm(folder, { recursive: true, force: true })
  })

  async function deploy(project: string): Promise<Readonly<Record<string, string>>> {
    const { code, stderr } = await runCli(['deploy', project], { configFile })
    expect(stderr).toBe('')
    expect(code).toBe(0)
    return deployments.ended(project, 1)
  }

  it('lets each be pulled with its own credentials', async () => {
    const [first, second] = await Promise.all([deploy('ada-site'), deploy('bob-site')])

    expect([first.state, second.state]).toEqual(['live', 'live'])
    const revision = (name: string) => readFile(join(folder, 'sites', name, 'current/REVISION'), 'utf8')
    expect((await revision('ada-site')).trim()).toBe('ada')
    expect((await revision('bob-site')).trim()).toBe('bob')
  })

  it.each(['ada-by-command', 'ada-by-token'])('lets %s be pulled', async (project) => {
    // Or the engine would have it already, and nobody would be asked.
    await forget(`${registry.host}/ada/site`)

    const { id = '', state } = await deploy(project)

    expect(state).toBe('live')
    const log = await deployments.log(id)
    expect(log).toContain('[pull] done')
    expect(log).not.toContain('has this image already')
    expect(await readFile(join(folder, 'sites', project, 'current/REVISION'), 'utf8')).toBe('ada\n')
  })

  it.each([
    ['bob-by-command', 'REGISTRY_DENIED'],
    ['bob-by-token', 'REGISTRY_DENIED'],
    ['ada-broken', 'CREDENTIALS_UNAVAILABLE'],
    ['bob-as-ada', 'REGISTRY_DENIED'],
    ['bob-as-nobody', 'REGISTRY_UNAUTHORIZED'],
  ])('refuses %s with a message that names the project and no password', async (project, code) => {
    const refused = await deploy(project)

    expect(refused.state).toBe('failed')
    expect(refused.errorCode).toBe(code)
    expect(refused.why).toContain(`Project ${project}`)
    expect(await readdir(join(folder, 'sites', project, 'releases'))).toEqual([])
  })

  it('leaves no login behind and no password in any log or record', async () => {
    await poll(() => worker.lines().length > 0, { what: 'lines of the worker' })
    const said = `${worker.lines().join('\n')}\n${await deployments.dump()}`
    const login = await readFile(join(homedir(), '.docker/config.json'), 'utf8').catch(() => '')

    expect(said).not.toContain(token)
    for (const { username, password } of [ada, bob, cy]) {
      expect(said).not.toContain(password)
      expect(said).not.toContain(Buffer.from(`${username}:${password}`).toString('base64'))
    }
    expect(login).not.toContain(registry.host)
  })
})

/** A token that the registry itself takes, for as long as a test. */
async function tokenFor(
  { username, password }: { readonly username: string; readonly password: string },
  host: string,
  repository: string,
): Promise<string> {
  const asked = await fetch(`http://${host}/v2/`)
  const realm = /realm="([^"]+)"/.exec(asked.headers.get('www-authenticate') ?? '')?.[1] ?? ''
  const scope = encodeURIComponent(`repository:${repository}:pull`)
  const headers = { authorization: `Basic ${btoa(`${username}:${password}`)}` }
  const answer: unknown = await (await fetch(`${realm}?service=registry&scope=${scope}`, { headers })).json()
  if (typeof answer === 'object' && answer && 'token' in answer) return String(answer.token)
  throw new Error(`${realm} gave no token`)
}

/** Takes every name of a repository's images off the engine. */
async function forget(repository: string): Promise<void> {
  const listed = await docker('image', 'ls', '--quiet', '--no-trunc', repository)
  const ids = [...new Set(listed.split('\n').filter((id) => id !== ''))]
  if (ids.length > 0) await docker('image', 'rm', '--force', ...ids)
}
