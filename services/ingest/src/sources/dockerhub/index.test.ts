import { describe, expect, it } from 'vitest'
import { foreignTags, goodTags, toolTags } from '../../../test/tag-cases.ts'
import type { Parsed } from '../source.ts'
import { dockerhub } from './index.ts'

const repository = {
  name: 'ledger',
  namespace: 'quietfox',
  owner: 'quietfox',
  repo_name: 'quietfox/ledger',
  repo_url: 'https://hub.docker.com/r/quietfox/ledger',
}

function parse(push: object = {}, repo: object = {}, registry?: string): Parsed {
  const body = {
    callback_url: 'https://registry.hub.docker.com/u/quietfox/ledger/hook/1/',
    push_data: { tag: '1.12.0', pushed_at: 1763456789, ...push },
    repository: { ...repository, ...repo },
  }
  return dockerhub.parse({ body, headers: {}, settings: { registry } })
}

function pushOf(parsed: Parsed) {
  return parsed.kind === 'pushes' ? parsed.pushes[0] : parsed
}

describe('dockerhub', () => {
  it('takes a push', () => {
    expect(pushOf(parse())).toEqual({
      registry: 'docker.io',
      repository: 'quietfox/ledger',
      tag: '1.12.0',
      digest: null,
      event: null,
      at: '1763456789',
    })
  })

  it('prefers the host of the hook, such as that of a mirror', () => {
    expect(pushOf(parse({}, {}, 'mirror.example.com'))).toMatchObject({ registry: 'mirror.example.com' })
  })

  it.each([
    [1.763456789e9, '1763456789'],
    [1763456789.5, '1763456789.5'],
    ['1763456789', '1763456789'],
    [null, null],
    [undefined, null],
    [{}, null],
  ])('reads the time %j', (pushed_at, at) => {
    expect(pushOf(parse({ pushed_at, images: ['a'] }))).toMatchObject({ tag: '1.12.0', at })
  })

  it.each([
    [{ repo_name: 'library/nginx', namespace: 'library', name: 'nginx' }, 'library/nginx'],
    [{ repo_name: 'nginx', namespace: 'library', name: 'nginx', is_official: true }, 'library/nginx'],
    [{ repo_name: 'nginx', namespace: undefined, name: 'nginx' }, 'library/nginx'],
    [{ repo_name: undefined }, 'quietfox/ledger'],
    [{ namespace: undefined, name: undefined, owner: undefined }, 'quietfox/ledger'],
    [{ description: '账本 🚀', full_description: null, star_count: 0.0 }, 'quietfox/ledger'],
  ])('of %j finds %s', (repo, expected) => {
    expect(pushOf(parse({}, repo))).toMatchObject({ repository: expected })
  })

  it.each([
    { repo_name: 'Quietfox/ledger' },
    { repo_name: '../ledger' },
    { repo_name: 'quietfox/' },
    { repo_name: undefined, name: undefined },
    { repo_name: 7 },
  ])('rejects %j', (repo) => {
    expect(parse({}, repo).kind).toBe('reject')
  })

  it.each([
    'application/vnd.cncf.helm.config.v1+json',
    'application/vnd.cncf.helm.chart.content.v1.tar+gzip',
    'APPLICATION/VND.CNCF.HELM.CONFIG.V1+JSON',
  ])('ignores a chart: %s', (media_type) => {
    expect(parse({ media_type }).kind).toBe('ignore')
  })

  it.each([
    'application/vnd.docker.container.image.v1+json',
    'application/vnd.oci.image.index.v1+json',
    'application/vnd.oci.image.config.v1+json',
    '',
    null,
    undefined,
    7,
  ])('takes the media type %j for that of an image', (media_type) => {
    expect(parse({ media_type }).kind).toBe('pushes')
  })

  it.each(goodTags)('takes the tag %s', (tag) => {
    expect(pushOf(parse({ tag }))).toMatchObject({ tag })
  })

  it.each(toolTags)('ignores the tag %s, which a tool made', (tag) => {
    expect(parse({ tag }).kind).toBe('ignore')
  })

  it.each([...foreignTags, undefined, null, '', 7])('rejects the tag %j', (tag) => {
    expect(parse({ tag }).kind).toBe('reject')
  })

  it.each([[{}], [{ push_data: { tag: 'x' } }], [{ repository }], [{ push_data: [], repository: 'x' }]])(
    'rejects %j, which Docker Hub does not send',
    (body) => {
      expect(dockerhub.parse({ body, headers: {}, settings: {} }).kind).toBe('reject')
    },
  )
})
