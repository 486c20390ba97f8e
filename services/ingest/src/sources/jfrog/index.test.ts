import { describe, expect, it } from 'vitest'
import { itKeepsTheRulesOnTags } from '../../../test/tag-rules.ts'
import type { Parsed, SourceSettings } from '../source.ts'
import { jfrog } from './index.ts'

const checksum = '3d06894c'.repeat(8)
const data = {
  repo_key: 'docker-local',
  event_type: 'pushed',
  path: 'tools/linter/0.9.1/manifest.json',
  name: 'manifest.json',
  sha256: checksum,
  size: 1402,
  image_name: 'tools/linter',
  tag: '0.9.1',
  platforms: [],
  image_type: 'docker',
}

function parse(more: object = {}, settings: SourceSettings = {}, rest: object = {}): Parsed {
  const body = {
    domain: 'docker',
    event_type: 'pushed',
    data: { ...data, ...more },
    subscription_key: '发布',
    jpd_origin: 'https://acme.jfrog.example.com',
    ...rest,
  }
  return jfrog.parse({ body, headers: {}, settings })
}

describe('jfrog', () => {
  it('takes a tag, with the checksum of its manifest for the digest', () => {
    expect(parse()).toEqual({
      kind: 'pushes',
      pushes: [
        {
          registry: 'acme.jfrog.example.com',
          repository: 'docker-local/tools/linter',
          tag: '0.9.1',
          digest: `sha256:${checksum}`,
          event: null,
          at: null,
        },
      ],
      passedOver: [],
    })
  })

  it('takes the list of a multi-platform image', () => {
    const list = {
      path: 'tools/linter/0.9.1/list.manifest.json',
      name: 'list.manifest.json',
      platforms: [{ architecture: 'amd64', os: 'linux' }],
    }

    expect(parse(list)).toMatchObject({ pushes: [{ tag: '0.9.1', digest: `sha256:${checksum}` }] })
  })

  it.each([
    ['docker-virtual/', 'docker-virtual/tools/linter'],
    ['docker-virtual', 'docker-virtual/tools/linter'],
    ['', 'tools/linter'],
    ['a/b/', 'a/b/tools/linter'],
  ])('puts the prefix %j in place of the key of the repository', (repository_prefix, repository) => {
    expect(parse({}, { repository_prefix })).toMatchObject({ pushes: [{ repository }] })
    expect(parse({ repo_key: undefined }, { repository_prefix })).toMatchObject({ pushes: [{ repository }] })
  })

  it('prefers the host of the hook, and reads a port from the base URL', () => {
    expect(parse({}, { registry: 'docker.acme.example.com' })).toMatchObject({
      pushes: [{ registry: 'docker.acme.example.com' }],
    })
    expect(parse({}, {}, { jpd_origin: 'http://Artifactory.example.com:8082/ui' })).toMatchObject({
      pushes: [{ registry: 'artifactory.example.com:8082' }],
    })
  })

  it.each(['', undefined, null, 'acme'])(
    'ignores a push from the origin %j unless the hook names the host',
    (origin) => {
      expect(parse({}, {}, { jpd_origin: origin }).kind).toBe('ignore')
      expect(parse({}, { registry: 'images.example.com' }, { jpd_origin: origin }).kind).toBe('pushes')
    },
  )

  it.each(['deleted', 'promoted'])('ignores %s, though it names a tag', (event_type) => {
    expect(parse({}, {}, { event_type }).kind).toBe('ignore')
  })

  it.each(['artifact', 'artifact_property', 'build', 'release_bundle', 'distribution'])(
    'ignores the domain %s',
    (domain) => {
      expect(parse({}, {}, { domain, data: { repo_key: 'x', path: 'y' } }).kind).toBe('ignore')
    },
  )

  it('ignores charts, and takes what an older release does not name the kind of', () => {
    expect(parse({ image_type: 'oci' }).kind).toBe('ignore')
    expect(parse({ image_type: undefined }).kind).toBe('pushes')
  })

  it('ignores the manifest of one platform', () => {
    expect(parse({ tag: `sha256__${checksum}` }).kind).toBe('ignore')
  })

  itKeepsTheRulesOnTags((tag) => parse({ tag }))

  it('lowers the checksum, and goes by the tag when there is none', () => {
    expect(parse({ sha256: checksum.toUpperCase() })).toMatchObject({
      pushes: [{ digest: `sha256:${checksum}` }],
    })
    expect(parse({ sha256: `sha256:${checksum}` })).toMatchObject({
      pushes: [{ digest: `sha256:${checksum}` }],
    })
    for (const sha256 of ['', 'zz', 7, null, undefined]) {
      expect(parse({ sha256 })).toMatchObject({ pushes: [{ digest: null }] })
    }
  })

  it.each([
    ['no name of the image', { image_name: undefined }],
    ['a name that climbs', { image_name: '../linter' }],
    ['no key', { repo_key: undefined }],
  ])('rejects a push with %s', (_what, more) => {
    expect(parse(more).kind).toBe('reject')
  })

  it.each([[{}], [{ domain: 'docker' }], [{ domain: 'docker', event_type: 'pushed' }], [[]]])(
    'rejects the body %j',
    (body) => {
      expect(jfrog.parse({ body, headers: {}, settings: {} }).kind).toBe('reject')
    },
  )
})
