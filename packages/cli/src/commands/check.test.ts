import { describe, expect, it } from 'vitest'
import { siteConfig, writeConfig } from '../../test/site-config.ts'
import { slipway } from '../../test/slipway-process.ts'

describe('slipway check', () => {
  it('sums up a good configuration', async () => {
    await using config = await writeConfig(siteConfig('redis://127.0.0.1:6379'))

    const { code, stdout, stderr } = await slipway(['check', config.path])

    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toContain(
      `${config.path} is good.\n  hooks        1 (acr-main)\n  credentials  0\n  projects     2 (shop, blog)\n  hosts        3 (local, web1, web2)\n`,
    )
  })

  it('notes what is not wrong but may not be meant', async () => {
    await using config = await writeConfig(`
state_dir: /var/lib/${'a-long-name/'.repeat(9)}slipway
hooks:
  acr-main: { source: acr, secret: { env: SECRET } }
projects:
  blog:
    image: registry.example.com/acme/blog
    source: { path: /app }
    release: { root: /var/www/blog }
    watch: 1m
schedules:
  prune: { every: 1d }
`)

    const { code, stdout } = await slipway(['check', config.path])

    expect(code).toBe(0)
    const notes = stdout.slice(stdout.indexOf('Worth knowing:')).trimEnd().split('\n').slice(1)
    expect(notes.map((line) => line.trim().split(': ')[0])).toEqual([
      'state_dir',
      'hooks.acr-main.registry',
      'hooks.acr-main',
      'projects.blog',
      'projects.blog.check',
      'projects.blog.watch',
      'ingest.ops.tokens',
      'notify',
    ])
    expect(stdout).not.toContain('schedules.')
    expect(stdout).toContain('projects.blog: no hook can nudge it; only `slipway deploy` can')
  })

  it('notes of hooks what their sources and proxies make of them', async () => {
    await using config = await writeConfig(`
hooks:
  code: { source: codeup, secret: { env: SECRET }, allow: [47.98.116.130] }
  lab:
    source: gitlab
    image: registry.example.com/acme/shop
    secret: { env: SECRET }
projects:
  shop:
    image: registry.example.com/acme/shop
    source: { path: /app }
    release: { root: /var/www/shop }
  blog:
    image: registry.example.org/acme/blog
    source: { path: /app }
    release: { root: /var/www/blog }
  polled:
    image: registry.example.org/acme/polled
    source: { path: /app }
    release: { root: /var/www/polled }
    poll: { every: 5m }
`)

    const { stdout } = await slipway(['check', config.path])

    expect(stdout).toContain('hooks.code.source: is understood and nudges nothing')
    expect(stdout).toContain('hooks.code.allow: is held against the address of the connection')
    expect(stdout).toContain('projects.blog: no hook can nudge it')
    expect(stdout).not.toContain('projects.shop: ')
    expect(stdout).not.toContain('projects.polled: ')
  })

  it('says which projects are services, and which labels mean too much', async () => {
    const web = (label: string) => `
    image: registry.example.com/acme/web
    strategy: service
    services: [{ label: ${label}, action: recreate }]`
    await using config = await writeConfig(`
projects:
  one:${web('com.docker.compose.service=web')}
  two:${web('[com.docker.compose.service=web, com.docker.compose.project=shop]')}
`)

    const { stdout } = await slipway(['check', config.path])

    expect(stdout).toContain('projects     2 (one: service, two: service)')
    expect(stdout).toContain('projects.one.services[0].label: means that service of every compose project')
    expect(stdout).not.toContain('projects.two.services')
  })

  it('names every mistake at once by its path', async () => {
    await using config = await writeConfig(`
hooks:
  Main: { source: acr, secret: { env: SECRET } }
projects:
  shop:
    image: registry.example.com/acme/shop:latest
    credentials: acme
    source: { path: app }
    release: { root: /var/www/shop, kept: 3 }
`)

    const { code, stdout, stderr } = await slipway(['check', config.path])

    expect(code).toBe(78)
    expect(stdout.split('\n').map((line) => line.trim().split(': ')[0])).toEqual([
      `${config.path} cannot be used:`,
      'hooks.Main',
      'projects.shop.image',
      'projects.shop.release.kept',
      'projects.shop.source.path',
      '',
    ])
    expect(stderr).toBe('4 mistakes.\n')
  })

  it('names the line of what is no YAML', async () => {
    await using config = await writeConfig('projects:\n  shop: {\n')

    const { code, stdout } = await slipway(['check'], { SLIPWAY_CONFIG: config.path })

    expect(code).toBe(78)
    expect(stdout).toMatch(/at line 3, column 1/)
  })
})
