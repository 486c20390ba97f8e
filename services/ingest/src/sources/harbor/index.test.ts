import { describe, expect, it } from 'vitest'
import { itKeepsTheRulesOnTags } from '../../../test/tag-rules.ts'
import type { Parsed } from '../source.ts'
import { harbor } from './index.ts'

const digest = `sha256:${'cd34'.repeat(16)}`
const resource = { digest, tag: '2.3.0', resource_url: 'harbor.example.com/retail/cart:2.3.0' }
const repository = {
  date_created: 1719990000,
  name: 'cart',
  namespace: 'retail',
  repo_full_name: 'retail/cart',
  repo_type: 'private',
}

function data(resources: unknown = [resource], repo: unknown = repository): object {
  return { resources, repository: repo }
}

function parse(more: object = {}, registry?: string): Parsed {
  const body = {
    type: 'PUSH_ARTIFACT',
    occur_at: 1763437000,
    operator: '管理员',
    event_data: data(),
    ...more,
  }
  return harbor.parse({ body, headers: {}, settings: { registry } })
}

function parseEvent(more: object = {}): Parsed {
  const body = {
    specversion: '1.0',
    id: '0b243b31',
    source: '/projects/12/webhook/policies/4',
    type: 'harbor.artifact.pushed',
    time: '2026-11-18T03:40:00Z',
    data: data(),
    ...more,
  }
  return harbor.parse({ body, headers: {}, settings: {} })
}

describe('harbor', () => {
  it('reads the default body, which has a time but no id', () => {
    expect(parse()).toEqual({
      kind: 'pushes',
      pushes: [
        {
          registry: 'harbor.example.com',
          repository: 'retail/cart',
          tag: '2.3.0',
          digest,
          event: null,
          at: '1763437000',
        },
      ],
      passedOver: [],
    })
  })

  it('reads a CloudEvent, whose id stays the same in a repetition', () => {
    expect(parseEvent()).toMatchObject({
      pushes: [{ repository: 'retail/cart', event: '0b243b31', at: '2026-11-18T03:40:00Z' }],
    })
    expect(parseEvent({ id: undefined })).toMatchObject({ pushes: [{ event: null }] })
  })

  it('takes both media types', () => {
    expect(harbor.contentTypes).toEqual(['application/json', 'application/cloudevents+json'])
  })

  it('reads the name that the event had before release 2', () => {
    expect(parse({ type: 'pushImage' }).kind).toBe('pushes')
  })

  it.each([
    'PULL_ARTIFACT',
    'DELETE_ARTIFACT',
    'SCANNING_COMPLETED',
    'SCANNING_FAILED',
    'SCANNING_STOPPED',
    'QUOTA_EXCEED',
    'QUOTA_WARNING',
    'REPLICATION',
    'TAG_RETENTION',
    'pullImage',
    'deleteImage',
    'scanningCompleted',
    'uploadChart',
    'harbor.artifact.pushed',
  ])('ignores %s, though it may name a tag', (type) => {
    expect(parse({ type }).kind).toBe('ignore')
    expect(parse({ type, event_data: undefined }).kind).toBe('ignore')
  })

  it.each([
    'harbor.artifact.pulled',
    'harbor.artifact.deleted',
    'harbor.scan.completed',
    'harbor.scan.failed',
    'harbor.scan.stopped',
    'harbor.quota.exceeded',
    'harbor.quota.warned',
    'harbor.replication.status.changed',
    'harbor.tag_retention.finished',
    'PUSH_ARTIFACT',
  ])('ignores the CloudEvent %s', (type) => {
    expect(parseEvent({ type }).kind).toBe('ignore')
  })

  itKeepsTheRulesOnTags((tag) => parse({ event_data: data([{ ...resource, tag }]) }))

  it('takes every image of a call, in order, and says what of it came to nothing', () => {
    const parsed = parse({
      event_data: data([resource, { ...resource, tag: digest }, 'odd', { ...resource, tag: 'edge' }]),
    })

    expect(parsed).toMatchObject({ pushes: [{ tag: '2.3.0' }, { tag: 'edge' }] })
    expect(parsed.kind === 'pushes' && parsed.passedOver).toHaveLength(2)
  })

  it.each([
    ['harbor.example.com:8443/retail/cart:1', 'harbor.example.com:8443'],
    ['HARBOR.Example.com/retail/cart:1', 'harbor.example.com'],
    ['https://harbor.example.com/retail/cart:1', 'harbor.example.com'],
    ['[2001:db8::1]:5000/retail/cart:1', '[2001:db8::1]:5000'],
  ])('finds the host of %s', (url, registry) => {
    expect(parse({ event_data: data([{ ...resource, resource_url: url }]) })).toMatchObject({
      pushes: [{ registry }],
    })
  })

  it('prefers the host of the hook', () => {
    expect(parse({}, 'images.example.com:5000')).toMatchObject({
      pushes: [{ registry: 'images.example.com:5000' }],
    })
    expect(parse({ event_data: data([{ tag: 'v1' }]) }, 'images.example.com').kind).toBe('pushes')
  })

  it('reads a path of many parts, and makes it of namespace and name where the full one is missing', () => {
    const deep = { ...repository, repo_full_name: 'retail/eu/west/cart' }
    expect(parse({ event_data: data([resource], deep) })).toMatchObject({
      pushes: [{ repository: 'retail/eu/west/cart' }],
    })
    const parts = { namespace: 'retail', name: 'eu/cart' }
    expect(parse({ event_data: data([resource], parts) })).toMatchObject({
      pushes: [{ repository: 'retail/eu/cart' }],
    })
  })

  it('lowers the digest, and goes by the tag when there is none', () => {
    const digestOf = (value: unknown) => parse({ event_data: data([{ ...resource, digest: value }]) })

    expect(digestOf(digest.toUpperCase())).toMatchObject({ pushes: [{ digest }] })
    for (const odd of ['sha256:zz', '', 42, null, undefined]) {
      expect(digestOf(odd)).toMatchObject({ pushes: [{ tag: '2.3.0', digest: null }] })
    }
  })

  it.each([
    ['text', '1763437000', '1763437000'],
    ['a float', 1.763437e9, '1763437000'],
    ['nothing', undefined, null],
    ['an object', {}, null],
  ])('takes %s for the time', (_what, occur_at, at) => {
    expect(parse({ occur_at })).toMatchObject({ pushes: [{ at }] })
  })

  it.each([
    ['no type', { type: undefined }],
    ['no data', { event_data: undefined }],
    ['no resources', { event_data: { repository } }],
    ['an empty list of resources', { event_data: data([]) }],
    ['no repository', { event_data: { resources: [resource] } }],
    ['a path in upper case', { event_data: data([resource], { repo_full_name: 'Retail/Cart' }) }],
    ['a path that climbs', { event_data: data([resource], { repo_full_name: '../cart' }) }],
    ['no path', { event_data: data([resource], {}) }],
    ['no host', { event_data: data([{ ...resource, resource_url: undefined }]) }],
    ['an impossible host', { event_data: data([{ ...resource, resource_url: 'a b/retail/cart:1' }]) }],
  ])('rejects a push with %s', (_what, more) => {
    expect(parse(more).kind).toBe('reject')
  })

  it('rejects a CloudEvent without type, and a list', () => {
    expect(parseEvent({ type: undefined }).kind).toBe('reject')
    expect(harbor.parse({ body: [], headers: {}, settings: {} }).kind).toBe('reject')
  })
})
