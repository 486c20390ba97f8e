import { describe, expect, it } from 'vitest'
import { parseConfig } from '../config/parse.ts'
import type { ImagePush } from './image-push.ts'
import { createMatcher } from './match.ts'

const digest = `sha256:${'ab'.repeat(32)}`
const vpc = 'registry-vpc.cn-hangzhou.aliyuncs.com'
const open = 'registry.cn-hangzhou.aliyuncs.com'

function project(image: string, root: string, further: object = {}) {
  return { image, source: { path: '/app' }, release: { root }, ...further }
}

const parsed = parseConfig({
  projects: {
    shop: project(`${vpc}/acme/shop`, '/srv/shop', { tags: ['latest', '^1'], hosts: ['web1', 'web2'] }),
    preview: project(`${open}/acme/shop`, '/srv/preview', { tags: ['main'] }),
    blog: project('registry.example.com/acme/blog', '/srv/blog'),
  },
})
const match = createMatcher(parsed.ok ? parsed.config.projects : {})

function push(change: Partial<ImagePush> = {}): ImagePush {
  return { registry: vpc, repository: 'acme/shop', tag: 'latest', digest, ...change }
}

describe('createMatcher', () => {
  it('makes a want for each host of a project that follows the push', () => {
    const { wanted, projects } = match([push()])

    expect(projects).toEqual(['shop'])
    const fleet = { home: 'web1', policy: { order: 'parallel', maxFailures: 0, onFailure: 'stop' } }
    expect(wanted).toEqual([
      { project: 'shop', host: 'web1', image: `${vpc}/acme/shop`, tag: 'latest', digest, fleet },
      { project: 'shop', host: 'web2', image: `${vpc}/acme/shop`, tag: 'latest', digest, fleet },
    ])
  })

  it('takes nothing of a push but its tag and its digest', () => {
    const forged = { ...push({ tag: 'main' }), force: true, host: 'web9', fleet: { home: 'web9' } }

    expect(match([forged]).wanted).toEqual([
      { project: 'preview', host: 'local', image: `${open}/acme/shop`, tag: 'main', digest },
    ])
  })

  it('takes the VPC host and the public host for one registry, and contacts the configured one', () => {
    const byOpenHost = match([push({ registry: open })])
    const byVpcHost = match([push({ tag: 'main' })])

    expect(byOpenHost.wanted.map(({ image }) => image)).toEqual([`${vpc}/acme/shop`, `${vpc}/acme/shop`])
    expect(byVpcHost.wanted.map(({ image }) => image)).toEqual([`${open}/acme/shop`])
  })

  it.each([
    { registry: 'registry.cn-beijing.aliyuncs.com' },
    { registry: 'registry.example.com' },
    { repository: 'acme/shop2' },
    { repository: 'shop' },
    { repository: '__proto__' },
  ])('finds nothing for a push of %j', (change) => {
    expect(match([push(change)])).toEqual({ wanted: [], projects: [], misses: [] })
  })

  it('gives a reason for each project that holds the image and does not follow', () => {
    expect(match([push()]).misses).toEqual([
      { project: 'preview', why: 'the project does not follow the tag "latest"' },
    ])
  })

  it('lets the last of several pushes for one project win', () => {
    const { wanted } = match([push({ tag: '1.1.0' }), push({ tag: '1.2.0' }), push({ tag: '2.0.0' })])

    expect(wanted.map(({ host, tag }) => [host, tag])).toEqual([
      ['web1', '1.2.0'],
      ['web2', '1.2.0'],
    ])
  })

  it('nudges only the projects that the hook may nudge', () => {
    const { wanted, misses } = match([push(), push({ tag: 'main' })], ['preview'])

    expect(wanted.map(({ project: name }) => name)).toEqual(['preview'])
    expect(misses).toContainEqual({ project: 'shop', why: 'the hook may not nudge this project' })
  })

  it('lists projects in the order of the pushes and each once', () => {
    const blog = push({ registry: 'registry.example.com', repository: 'acme/blog' })

    expect(match([blog, push(), blog]).projects).toEqual(['blog', 'shop'])
  })
})
