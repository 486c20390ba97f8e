import { type Config, parseConfig } from '@slipway/core'
import { describe, expect, it } from 'vitest'
import { planOnline } from './plan.ts'

interface Site {
  readonly image: string
  readonly credentials?: string
  readonly tags?: readonly string[]
}

function configOf(sites: Readonly<Record<string, Site>>): Config {
  const entry = { username: 'x', password: { env: 'X' } }
  const result = parseConfig({
    credentials: { a: entry, b: entry, c: entry },
    projects: Object.fromEntries(
      Object.entries(sites).map(([name, site]) => [
        name,
        { ...site, source: { path: '/app' }, release: { root: `/srv/${name}` } },
      ]),
    ),
  })
  return result.ok ? result.config : expect.fail(JSON.stringify(result.mistakes))
}

function crossOf(sites: Readonly<Record<string, Site>>, most?: number): string[] {
  const { cross } = planOnline(configOf(sites), most)
  return cross.map(
    ({ credentials, image, tag }) =>
      `${credentials} ${image.registry}/${image.repository}${tag === null ? '' : `:${tag}`}`,
  )
}

describe('the plan of questions to registries', () => {
  it('asks of each project for its exact tags, else for the repository', () => {
    const { own } = planOnline(
      configOf({
        shop: { image: 'r.example.com/a/shop', credentials: 'a', tags: ['latest', '^1.2', 'stable'] },
        blog: { image: 'r.example.com/a/blog', tags: ['/v.+/'] },
      }),
    )

    expect(own.map(({ project, credentials, tags }) => [project, credentials, tags])).toEqual([
      ['shop', 'a', ['latest', 'stable']],
      ['blog', null, []],
    ])
  })

  it('asks each entry once for each repository of others on its registry', () => {
    expect(
      crossOf({
        shop: { image: 'r.example.com/a/shop', credentials: 'a' },
        shop2: { image: 'r.example.com/a/shop', credentials: 'a', tags: ['next'] },
        blog: { image: 'r.example.com/b/blog', credentials: 'b', tags: ['/v.+/'] },
        blog2: { image: 'r.example.com/b/blog', credentials: 'b' },
        far: { image: 's.example.com/c/far', credentials: 'c' },
        free: { image: 'r.example.com/all/free' },
      }),
    ).toEqual(['a r.example.com/b/blog', 'b r.example.com/a/shop:latest'])
  })

  it('asks at the host that the credentials are for, when the other project knows the registry by another', () => {
    expect(
      crossOf({
        shop: { image: 'registry-vpc.cn-hangzhou.aliyuncs.com/a/shop', credentials: 'a' },
        blog: { image: 'registry.cn-hangzhou.aliyuncs.com/b/blog', credentials: 'b' },
      }),
    ).toEqual([
      'a registry-vpc.cn-hangzhou.aliyuncs.com/b/blog:latest',
      'b registry.cn-hangzhou.aliyuncs.com/a/shop:latest',
    ])
  })

  it('asks nothing of two entries that are for one repository', () => {
    expect(
      crossOf({
        shop: { image: 'r.example.com/a/shop', credentials: 'a' },
        twin: { image: 'r.example.com/a/shop', credentials: 'b' },
      }),
    ).toEqual([])
  })

  it('names the entries that several projects share, and no others', () => {
    const { shared } = planOnline(
      configOf({
        shop: { image: 'r.example.com/a/shop', credentials: 'a' },
        blog: { image: 'r.example.com/a/blog', credentials: 'a' },
        docs: { image: 'r.example.com/b/docs', credentials: 'b' },
        docs2: { image: 'r.example.com/b/docs', credentials: 'b', tags: ['next'] },
      }),
    )

    expect(shared).toEqual([{ credentials: 'a', projects: ['shop', 'blog'] }])
  })

  it('has a limit, and counts what it leaves out', () => {
    const sites = Object.fromEntries(
      ['a', 'b', 'c'].map((name) => [name, { image: `r.example.com/${name}/x`, credentials: name }]),
    )

    expect(crossOf(sites, 4)).toHaveLength(4)
    expect(planOnline(configOf(sites), 4).leftOut).toBe(2)
  })
})
