import { describe, expect, it } from 'vitest'
import { itKeepsTheRulesOnTags } from '../../../test/tag-rules.ts'
import type { Parsed } from '../source.ts'
import { quay } from './index.ts'

const common = {
  repository: 'amberlab/indexer',
  namespace: 'amberlab',
  name: 'indexer',
  docker_url: 'quay.io/amberlab/indexer',
  homepage: 'https://quay.io/repository/amberlab/indexer',
}

function parse(more: object, registry?: string): Parsed {
  return quay.parse({ body: { ...common, ...more }, headers: {}, settings: { registry } })
}

describe('quay', () => {
  it('takes every tag of a push, in order', () => {
    const image = { registry: 'quay.io', repository: 'amberlab/indexer', digest: null, event: null, at: null }

    expect(parse({ updated_tags: ['v1.1', 'latest'] })).toEqual({
      kind: 'pushes',
      pushes: [
        { ...image, tag: 'v1.1' },
        { ...image, tag: 'latest' },
      ],
      passedOver: [],
    })
  })

  it('reads the map that old releases sent', () => {
    expect(parse({ updated_tags: { latest: '4f7e', v1: '4f7e' } })).toMatchObject({
      pushes: [{ tag: 'latest' }, { tag: 'v1' }],
    })
  })

  it('takes a host with a port and a path of many parts', () => {
    expect(parse({ docker_url: 'quay.example.com:8443/a/b/c', updated_tags: ['x'] })).toMatchObject({
      pushes: [{ registry: 'quay.example.com:8443', repository: 'a/b/c' }],
    })
  })

  it('prefers the host of the hook', () => {
    expect(parse({ updated_tags: ['x'] }, 'images.example.com')).toMatchObject({
      pushes: [{ registry: 'images.example.com', repository: 'amberlab/indexer' }],
    })
    expect(parse({ docker_url: undefined, updated_tags: ['x'] }, 'images.example.com')).toMatchObject({
      pushes: [{ repository: 'amberlab/indexer' }],
    })
  })

  it.each([
    ['a queued build', { build_id: 'b1', docker_tags: ['latest'], trigger_kind: 'GitHub' }],
    ['a finished build', { build_id: 'b1', docker_tags: ['latest'], image_id: '1245657346' }],
    ['a vulnerability', { tags: ['v1.1'], vulnerability: { id: 'CVE-2026-0001', description: '漏洞' } }],
    ['a mirror', { message: 'TEST NOTIFICATION' }],
    ['an image that expires', { tags: ['v1.1'], expiring_in: '5 days' }],
  ])('ignores %s, which has no updated tags', (_what, more) => {
    expect(parse(more).kind).toBe('ignore')
  })

  it('takes the test notification for the push that it looks like', () => {
    expect(parse({ updated_tags: ['latest', 'foo'], pruned_image_count: 3 })).toMatchObject({
      pushes: [{ tag: 'latest' }, { tag: 'foo' }],
    })
  })

  it('ignores a push without tags', () => {
    expect(parse({ updated_tags: [] }).kind).toBe('ignore')
    expect(parse({ updated_tags: null }).kind).toBe('ignore')
  })

  it('is not held up by an odd tag among others', () => {
    const parsed = parse({ updated_tags: ['a b', 7, 'v1', `sha256-${'ab12'.repeat(16)}.sig`] })

    expect(parsed).toMatchObject({ pushes: [{ tag: 'v1' }] })
    expect(parsed.kind === 'pushes' && parsed.passedOver).toHaveLength(3)
  })

  itKeepsTheRulesOnTags((tag) => parse({ updated_tags: [tag] }))

  it.each([
    ['no host', { docker_url: undefined }],
    ['an impossible host', { docker_url: 'a b/amberlab/indexer' }],
    ['no path', { docker_url: 'quay.io/' }],
    ['a path in upper case', { docker_url: 'quay.io/AmberLab/indexer' }],
    ['tags of another kind', { updated_tags: 'latest' }],
  ])('rejects a push with %s', (_what, more) => {
    expect(parse({ updated_tags: ['x'], ...more }).kind).toBe('reject')
  })

  it.each([[{}], [{ updated_tags: ['x'] }], [{ text: 'a body of a template' }], [[]]])(
    'rejects the body %j',
    (body) => {
      expect(quay.parse({ body, headers: {}, settings: {} }).kind).toBe('reject')
    },
  )
})
