import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { freePort, type LabRegistry, pushImage, startRegistry, startTokenRegistry } from '@slipway/lab'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { pushAs, tokenFor } from '../../test/push-as.ts'
import { runHere } from '../../test/run-here.ts'
import { writeConfig } from '../../test/site-config.ts'

const say = () => {}
const newUser = (username: string) => ({ username, password: randomBytes(18).toString('hex') })
const [ada, bob, eve] = [newUser('ada'), newUser('bob'), newUser('eve')]
let registry: LabRegistry
let openRegistry: LabRegistry

beforeAll(async () => {
  registry = await startTokenRegistry({
    say,
    users: [
      { ...ada, repositories: ['ada/site'] },
      { ...bob, repositories: ['bob/site'] },
      { ...eve, repositories: ['ada/site', 'bob/site'] },
    ],
  })
  openRegistry = await startRegistry({ say })
  await pushAs(ada, registry.host, 'ada/site')
  await pushAs(bob, registry.host, 'bob/site')
  await pushImage({
    registry: openRegistry.host,
    repository: 'all/site',
    tags: ['latest'],
    files: { '/a': 'a' },
  })
})
afterAll(async () => {
  await registry?.stop()
  await openRegistry?.stop()
})

interface Site {
  readonly image: string
  readonly credentials?: string
  readonly tags?: readonly string[]
}

/** Runs the check over these projects; entries of credentials are those that the sites name. */
async function checkOnline(sites: Readonly<Record<string, Site>>, args: readonly string[] = []) {
  const config = await writeConfig('')
  onTestFinished(() => config[Symbol.asyncDispose]())
  const file = async (name: string, text: string) => {
    const path = join(config.folder, name)
    await writeFile(path, text)
    return path
  }
  const login = async ({ username, password }: typeof ada) => ({
    username,
    password: { file: await file(`${username}.txt`, password) },
  })
  const printed = await file('printed.json', JSON.stringify({ ...ada, expires_in: 3_600 }))
  const credentials = {
    ada: await login(ada),
    bob: await login(bob),
    eve: await login(eve),
    stale: { ...(await login(ada)), password: { file: await file('stale.txt', 'an old password') } },
    printed: { command: ['/bin/cat', printed] },
    broken: { command: ['/bin/false'] },
    nowhere: { token: { file: join(config.folder, 'nowhere') } },
    token: { token: { file: await file('token.txt', await tokenFor(ada, registry.host, 'ada/site')) } },
  }
  const projects = Object.fromEntries(
    Object.entries(sites).map(([name, site]) => [
      name,
      { ...site, source: { path: '/app' }, release: { root: `/srv/${name}` } },
    ]),
  )
  // JSON is YAML.
  await writeFile(config.path, JSON.stringify({ credentials, projects }))
  const ended = await runHere(['check', '--online', ...args, config.path], () => Date.now())
  for (const { password } of [ada, bob, eve]) expect(ended.stdout + ended.stderr).not.toContain(password)
  return ended
}

const adaSite = () => `${registry.host}/ada/site`
const bobSite = () => `${registry.host}/bob/site`

describe('slipway check --online', () => {
  it.each(['ada', 'token', 'printed'])(
    'proves that %s reads its own image and not that of bob',
    async (name) => {
      const { code, stdout } = await checkOnline({
        shop: { image: adaSite(), credentials: name },
        blog: { image: bobSite(), credentials: 'bob', tags: ['latest', '^1.0'] },
      })

      expect(code).toBe(0)
      expect(stdout).toMatch(new RegExp(`shop +${adaSite()} +${name} +yes \\(latest\\)\\n`))
      expect(stdout).toContain('Images of other projects: 2 asked, 2 refused, 0 readable, 0 unknown.\n')
      expect(stdout).not.toContain('Warnings:')
    },
  )

  it('warns of credentials that can read the image of another project, and fails for it when told to', async () => {
    const sites = {
      shop: { image: adaSite(), credentials: 'eve' },
      blog: { image: bobSite(), credentials: 'bob' },
    }

    const lenient = await checkOnline(sites)
    const strict = await checkOnline(sites, ['--strict'])

    expect([lenient.code, strict.code]).toEqual([0, 1])
    expect(lenient.stdout).toContain(
      `Warnings:\n  credentials eve of project shop can also read ${bobSite()} of project blog\n`,
    )
  })

  it('warns, once, of credentials that two projects use, and asks no questions about those', async () => {
    const { code, stdout } = await checkOnline({
      shop: { image: adaSite(), credentials: 'eve' },
      blog: { image: bobSite(), credentials: 'eve' },
    })

    expect(code).toBe(0)
    expect(stdout).toContain('Images of other projects: 0 asked')
    expect(stdout.match(/credentials eve are used by 2 projects \(shop, blog\)/g)).toHaveLength(1)
  })

  it('fails for an image that its project cannot read', async () => {
    const { code, stdout } = await checkOnline({
      wrong: { image: bobSite(), credentials: 'ada' },
      old: { image: adaSite(), credentials: 'stale' },
      missing: { image: adaSite(), credentials: 'ada', tags: ['v9'] },
      nobody: { image: bobSite() },
    })

    expect(code).toBe(1)
    expect(stdout).toContain(`project wrong: ${bobSite()}:latest: REGISTRY_DENIED`)
    expect(stdout).toContain(`project old: ${adaSite()}:latest: REGISTRY_UNAUTHORIZED`)
    expect(stdout).toContain(`project missing: ${adaSite()}:v9: IMAGE_NOT_FOUND`)
    expect(stdout).toContain(`project nobody: ${bobSite()}:latest: REGISTRY_UNAUTHORIZED`)
  })

  it('tells what could not be asked apart from what was refused', async () => {
    const { code, stdout } = await checkOnline({
      shop: { image: adaSite(), credentials: 'ada' },
      blog: { image: bobSite(), credentials: 'broken' },
      docs: { image: bobSite(), credentials: 'nowhere' },
      away: { image: `127.0.0.1:${await freePort()}/x/y`, credentials: 'bob' },
    })

    expect(code).toBe(1)
    expect(stdout).toMatch(/blog .+ broken +not known\n/)
    expect(stdout).toMatch(
      /blog: .+CREDENTIALS_UNAVAILABLE: The command of credentials.broken ended with exit code 1/,
    )
    expect(stdout).toMatch(/docs: .+SECRET_UNAVAILABLE/)
    expect(stdout).toMatch(/away: .+REGISTRY_UNAVAILABLE/)
    expect(stdout).toMatch(/whether credentials broken can read .+ of project shop is not known/)
  })

  it('says which images anybody can read, and asks no more about them', async () => {
    const image = `${openRegistry.host}/all/site`
    const { code, stdout } = await checkOnline({
      free: { image },
      shop: { image, credentials: 'ada', tags: ['/v.*/'] },
      other: { image: `${openRegistry.host}/all/site`, credentials: 'bob' },
    })

    expect(code).toBe(0)
    expect(stdout).toMatch(/free .+ \(none\) +yes \(latest\); anybody can\n/)
    expect(stdout).toMatch(/shop .+ ada +yes; anybody can\n/)
    expect(stdout).toContain(`anybody can read ${image} of project shop`)
    expect(stdout).toContain('Images of other projects: 0 asked')
  })

  it('prints all of it as JSON and nothing else', async () => {
    const { stdout } = await checkOnline(
      { shop: { image: adaSite(), credentials: 'ada' }, blog: { image: bobSite(), credentials: 'bob' } },
      ['--json'],
    )

    expect(JSON.parse(stdout)).toMatchObject({
      projects: [
        { project: 'shop', credentials: 'ada', readable: true, anybody: false },
        { project: 'blog', tags: [{ tag: 'latest', answer: { kind: 'readable' } }] },
      ],
      pairs: [
        { credentials: 'ada', owner: 'blog', answer: { kind: 'refused', code: 'REGISTRY_DENIED' } },
        { credentials: 'bob', owner: 'shop', answer: { kind: 'refused' } },
      ],
      warnings: [],
      problems: [],
    })
  })
})
