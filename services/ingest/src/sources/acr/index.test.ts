import { describe, expect, it } from 'vitest'
import { digestCases, foreignTags, goodTags, toolTags } from '../../../test/tag-cases.ts'
import type { Parsed } from '../source.ts'
import { acr } from './index.ts'

const digest = `sha256:${'ab12'.repeat(16)}`
const repository = {
  namespace: 'lotus',
  name: 'shop',
  repo_full_name: 'lotus/shop',
  region: 'cn-hangzhou',
}
const pushData = { tag: 'latest', digest, pushed_at: '2026-11-18 09:41:07' }

function parse(push: object = {}, repo: object = {}, registry?: string): Parsed {
  const body = { push_data: { ...pushData, ...push }, repository: { ...repository, ...repo } }
  return acr.parse({ body, headers: {}, settings: { registry } })
}

function pushOf(parsed: Parsed) {
  return parsed.kind === 'pushes' ? parsed.pushes[0] : parsed
}

describe('acr', () => {
  it('builds the host from the region when the hook names none', () => {
    expect(pushOf(parse())).toEqual({
      registry: 'registry.cn-hangzhou.aliyuncs.com',
      repository: 'lotus/shop',
      tag: 'latest',
      digest,
      event: null,
      at: '2026-11-18 09:41:07',
    })
  })

  it.each([
    'registry-vpc.cn-hangzhou.aliyuncs.com',
    'crpi-abc123-vpc.cn-hangzhou.personal.cr.aliyuncs.com',
    'acme-registry.cn-hangzhou.cr.aliyuncs.com',
    'images.example.com:8443',
  ])('prefers the host of the hook: %s', (registry) => {
    expect(pushOf(parse({}, {}, registry))).toMatchObject({ registry })
  })

  it.each([
    'registry-vpc.cn-beijing.aliyuncs.com',
    'crpi-abc123.cn-beijing.personal.cr.aliyuncs.com',
    'acme-registry-vpc.cn-beijing.cr.aliyuncs.com',
  ])('ignores a push in another region than that of %s', (registry) => {
    expect(parse({}, {}, registry).kind).toBe('ignore')
  })

  it.each([
    ['the full name alone', { namespace: undefined, name: undefined }],
    ['namespace and name alone', { repo_full_name: undefined }],
  ])('finds the repository by %s', (_form, repo) => {
    expect(pushOf(parse({}, repo))).toMatchObject({ repository: 'lotus/shop' })
  })

  it.each([
    ['names that contradict each other', { repo_full_name: 'other/shop' }],
    ['no name', { namespace: undefined, name: undefined, repo_full_name: undefined }],
    ['a path that climbs', { namespace: '..', repo_full_name: undefined }],
    ['upper case', { namespace: 'Lotus', repo_full_name: 'Lotus/shop' }],
    ['a host in the name', { namespace: 'evil.example:80', repo_full_name: undefined }],
    ['a region that is no part of a host', { region: 'cn/../evil' }],
    ['a region that is a host of its own', { region: 'evil.example.com#' }],
    ['no region and no registry', { region: undefined }],
  ])('rejects %s', (_what, repo) => {
    expect(parse({}, repo).kind).toBe('reject')
  })

  it('needs no region when the hook names the registry', () => {
    expect(pushOf(parse({}, { region: undefined }, 'images.example.com'))).toMatchObject({
      registry: 'images.example.com',
    })
  })

  it.each(digestCases)('of the digest %j knows %j', (written, known) => {
    expect(pushOf(parse({ digest: written }))).toMatchObject({ tag: 'latest', digest: known })
  })

  it.each(goodTags)('takes the tag %s', (tag) => {
    expect(pushOf(parse({ tag }))).toMatchObject({ tag })
  })

  it.each([...foreignTags, undefined, null, '', 7, ['latest']])('rejects the tag %j', (tag) => {
    expect(parse({ tag }).kind).toBe('reject')
  })

  it.each(toolTags)('ignores the tag %s, which a tool made', (tag) => {
    expect(parse({ tag }).kind).toBe('ignore')
  })

  it('sends no id, so a repetition is known by its time', () => {
    expect(pushOf(parse())).toMatchObject({ event: null, at: '2026-11-18 09:41:07' })
    expect(pushOf(parse({ pushed_at: 1.7e9 }))).toMatchObject({ at: '1700000000' })
    expect(pushOf(parse({ pushed_at: {} }))).toMatchObject({ at: null })
  })

  it.each([[{}], [{ push_data: pushData }], [{ repository }], [{ push_data: 'x', repository: 'y' }]])(
    'rejects %j, which no trigger sends',
    (body) => {
      expect(acr.parse({ body, headers: {}, settings: { registry: undefined } }).kind).toBe('reject')
    },
  )
})
