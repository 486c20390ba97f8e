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
      ],
    })
    for (const user of [ada, bob]) {
      await writeFile(join(folder, user.username), user.password, { mode: 0o600 })
      const tag = `${registry.host}/${user.username}/site:latest`
      await buildSource({ say, tag, variant: 'v1', version: user.username, packages: 10 })
      await push(tag, user)
      await docker('image', 'rm', tag)
    }
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
      credentials: { ada: login(ada), bob: login(bob) },
      projects: {
        'ada-site': project('ada/site', 'ada', 'ada-site'),
        'bob-site': project('bob/site', 'bob', 'bob-site'),
        'bob-as-ada': project('bob/site', 'ada', 'bob-as-ada'),
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

  it.each([
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

    for (const { username, password } of [ada, bob]) {
      expect(said).not.toContain(password)
      expect(said).not.toContain(Buffer.from(`${username}:${password}`).toString('base64'))
    }
    expect(login).not.toContain(registry.host)
  })
})
