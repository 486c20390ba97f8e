import { describe, expect, it } from 'vitest'
import { digestCases, foreignTags, goodTags, someDigest, toolTags } from '../../../test/tag-cases.ts'
import type { Parsed } from '../source.ts'
import { ghcr } from './index.ts'

const other = `sha256:${'cd34'.repeat(16)}`

interface Change {
  readonly event?: string | undefined
  readonly action?: unknown
  readonly owner?: unknown
  readonly package?: object
  readonly version?: object
  readonly tag?: object | null
  readonly config?: object
  readonly registry?: string
}

function parse(change: Change = {}): Parsed {
  const event = 'event' in change ? change.event : 'registry_package'
  const found = {
    name: 'tracker',
    namespace: 'fernworks',
    ecosystem: 'CONTAINER',
    package_type: 'CONTAINER',
    updated_at: '2026-11-18T04:00:00Z',
    owner: 'owner' in change ? change.owner : { login: 'fernworks' },
    package_version: {
      version: other,
      name: other,
      package_url: 'ghcr.io/fernworks/tracker:0.31.0',
      container_metadata: {
        tag: change.tag === null ? null : { name: '0.31.0', digest: someDigest, ...change.tag },
        manifest: { media_type: 'application/vnd.oci.image.index.v1+json', config: change.config ?? {} },
      },
      ...change.version,
    },
    ...change.package,
  }
  const body = {
    action: 'action' in change ? change.action : 'published',
    [event === 'package' ? 'package' : 'registry_package']: found,
  }
  const headers = { 'x-github-event': event, 'x-github-delivery': 'd-1' }
  return ghcr.parse({ body, headers, settings: { registry: change.registry } })
}

function pushOf(parsed: Parsed) {
  return parsed.kind === 'pushes' ? parsed.pushes[0] : parsed
}

describe('ghcr', () => {
  it.each(['registry_package', 'package'])('takes a published tag by the event %s', (event) => {
    expect(pushOf(parse({ event }))).toEqual({
      registry: 'ghcr.io',
      repository: 'fernworks/tracker',
      tag: '0.31.0',
      digest: someDigest,
      event: 'd-1',
      at: '2026-11-18T04:00:00Z',
    })
  })

  it('takes an update, and the host of the hook', () => {
    expect(pushOf(parse({ action: 'updated', registry: 'containers.ghe.example.com' }))).toMatchObject({
      registry: 'containers.ghe.example.com',
      tag: '0.31.0',
    })
  })

  it.each([
    [{ owner: { login: 'FernWorks' } }, 'fernworks/tracker'],
    [{ package: { name: 'web/api/v2' } }, 'fernworks/web/api/v2'],
    [{ owner: undefined }, 'fernworks/tracker'],
    [{ owner: null, package: { namespace: 'Fernworks/repo' } }, 'fernworks/tracker'],
  ])('of %j finds %s', (change, repository) => {
    expect(pushOf(parse(change))).toMatchObject({ repository })
  })

  it.each(['CONTAINER', 'container', 'Container'])('takes the type %s', (package_type) => {
    expect(parse({ package: { package_type } }).kind).toBe('pushes')
  })

  it.each(['docker', 'npm', 'maven', 'nuget', 'rubygems'])('ignores the type %s', (package_type) => {
    expect(parse({ package: { package_type, package_version: { version: '1.0.0' } } }).kind).toBe('ignore')
  })

  it.each(['deleted', 'created', 'restored'])('ignores the action %s, though it names a tag', (action) => {
    expect(parse({ action }).kind).toBe('ignore')
    expect(parse({ action, event: 'package' }).kind).toBe('ignore')
  })

  it.each([
    ['an empty tag', { tag: { name: '' } }],
    ['no name', { tag: { name: undefined } }],
    ['null for a name', { tag: { name: null } }],
    ['no tag', { tag: null }],
    ['no container metadata', { version: { container_metadata: null } }],
    ['a version that could be a tag', { tag: null, version: { version: '1.0.0', name: '1.0.0' } }],
    ['no version', { package: { package_version: null } }],
  ])('ignores one platform of an image, which has %s: the version never stands in', (_what, change) => {
    expect(parse(change).kind).toBe('ignore')
  })

  it('ignores a chart', () => {
    expect(parse({ config: { media_type: 'application/vnd.cncf.helm.config.v1+json' } }).kind).toBe('ignore')
  })

  it.each(['ping', 'push', 'workflow_run', 'package_v2'])('ignores the event %s', (event) => {
    expect(parse({ event }).kind).toBe('ignore')
  })

  it.each(digestCases)('of the digest %j of the tag knows it or that of the version', (digest, known) => {
    expect(pushOf(parse({ tag: { digest } }))).toMatchObject({ digest: known ?? other })
    expect(pushOf(parse({ tag: { digest }, version: { version: '41' } }))).toMatchObject({ digest: known })
  })

  it.each(goodTags)('takes the tag %s', (name) => {
    expect(pushOf(parse({ tag: { name } }))).toMatchObject({ tag: name })
  })

  it.each(toolTags)('ignores the tag %s, which a tool made', (name) => {
    expect(parse({ tag: { name } }).kind).toBe('ignore')
  })

  it.each([...foreignTags, 7])('rejects the tag %j', (name) => {
    expect(parse({ tag: { name } }).kind).toBe('reject')
  })

  it.each([
    ['no event', { event: undefined }],
    ['no action', { action: undefined }],
    ['the package of another event', { event: 'package', package: { name: undefined } }],
    ['no type', { package: { package_type: undefined } }],
    ['no name', { package: { name: '' } }],
    ['no owner', { owner: undefined, package: { namespace: undefined } }],
    ['a path that climbs', { package: { name: '../tracker' } }],
  ])('rejects %s', (_what, change) => {
    expect(parse(change).kind).toBe('reject')
  })

  it.each(['package', 'registry_package'])('rejects the event %s with the package of the other', (event) => {
    const change = { name: 'tracker', package_type: 'CONTAINER', owner: { login: 'fernworks' } }
    const body = { action: 'published', [event === 'package' ? 'registry_package' : 'package']: change }

    expect(ghcr.parse({ body, headers: { 'x-github-event': event }, settings: {} }).kind).toBe('reject')
  })

  it('takes forms too, whose signature covers the form', () => {
    expect(ghcr.form).toEqual({ field: 'payload', signed: 'form' })
  })
})
