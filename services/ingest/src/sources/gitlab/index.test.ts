import { describe, expect, it } from 'vitest'
import type { Parsed, SourceSettings } from '../source.ts'
import { gitlab } from './index.ts'

const sha = 'cf2ded3c962143c664752ae23e2c7c3361eccccf'
const image = { registry: 'registry.gitlab.example.com', repository: 'platform/billing' }
const pipeline = {
  id: 8801,
  ref: 'main',
  tag: false,
  sha,
  source: 'push',
  status: 'success',
  finished_at: '2026-11-18 05:03:10 UTC',
}
const headers = { 'x-gitlab-event': 'Pipeline Hook', 'idempotency-key': 'cbf0f37a' }

function parse(attributes: object = {}, settings: SourceSettings = {}, more: object = {}): Parsed {
  const body = {
    object_kind: 'pipeline',
    object_attributes: { ...pipeline, ...attributes },
    merge_request: null,
    project: { path_with_namespace: 'platform/billing' },
    commit: { message: '修复 🚀\n' },
    builds: [],
    ...more,
  }
  return gitlab.parse({ body, headers, settings: { image, ...settings } })
}

describe('gitlab', () => {
  it('takes the image of the hook under the short commit', () => {
    expect(parse()).toEqual({
      kind: 'pushes',
      pushes: [{ ...image, tag: 'cf2ded3c', digest: null, event: 'cbf0f37a', at: '2026-11-18 05:03:10 UTC' }],
      passedOver: [],
    })
  })

  it('knows a repetition by the id of the message when that is all there is', () => {
    const body = { object_kind: 'pipeline', object_attributes: pipeline }
    const parsed = gitlab.parse({ body, headers: { 'webhook-id': 'm1' }, settings: { image } })

    expect(parsed).toMatchObject({ pushes: [{ event: 'm1' }] })
    expect(gitlab.parse({ body, headers: {}, settings: { image } })).toMatchObject({
      pushes: [{ event: null }],
    })
  })

  it.each([
    'created',
    'waiting_for_resource',
    'preparing',
    'pending',
    'running',
    'failed',
    'canceled',
    'skipped',
    'manual',
    'scheduled',
  ])('ignores the status %s', (status) => {
    expect(parse({ status }).kind).toBe('ignore')
  })

  it.each(['push', 'tag_push', 'build', 'merge_request', 'deployment', 'release'])('ignores %s', (kind) => {
    expect(gitlab.parse({ body: { object_kind: kind, ref: 'x' }, headers, settings: { image } }).kind).toBe(
      'ignore',
    )
  })

  it('ignores pipelines of merge requests', () => {
    expect(parse({ source: 'merge_request_event' }).kind).toBe('ignore')
    expect(parse({}, {}, { merge_request: { id: 1, iid: 1 } }).kind).toBe('ignore')
  })

  it.each(['push', 'web', 'schedule', 'api', 'trigger', 'pipeline', undefined])(
    'takes a pipeline started by %s',
    (source) => {
      expect(parse({ source }).kind).toBe('pushes')
    },
  )

  it('follows the refs that the hook names, branches and tags alike', () => {
    const refs = ['main', 'release-*', 'v[0-9]*']

    expect(parse({ ref: 'release-2.4' }, { refs }).kind).toBe('pushes')
    expect(parse({ ref: 'v1.2.3', tag: true }, { refs }).kind).toBe('pushes')
    expect(parse({ ref: 'feature/x' }, { refs }).kind).toBe('ignore')
    expect(parse({ ref: 'main2' }, { refs }).kind).toBe('ignore')
    expect(parse({ ref: 'feature/x' }).kind).toBe('pushes')
  })

  it('takes the tag from the ref when the hook says so, and keeps its case', () => {
    expect(parse({ ref: 'V1.2.3', tag: true }, { tag_from: 'ref' })).toMatchObject({
      pushes: [{ tag: 'V1.2.3' }],
    })
    expect(parse({ sha: undefined }, { tag_from: 'ref' })).toMatchObject({ pushes: [{ tag: 'main' }] })
    expect(parse({ ref: '分支' }, { tag_from: 'short_sha' })).toMatchObject({ pushes: [{ tag: 'cf2ded3c' }] })
  })

  it.each(['feature/x', 'v1+build', '分支', '🚀', `sha256-${'ab12'.repeat(16)}.sig`])(
    'ignores the ref %s where it would be the tag',
    (ref) => {
      expect(parse({ ref }, { tag_from: 'ref' }).kind).toBe('ignore')
    },
  )

  it('ignores what it could only deploy if the hook named an image', () => {
    expect(parse({}, { image: undefined }).kind).toBe('ignore')
  })

  it.each([
    ['no status', { status: undefined }],
    ['no ref', { ref: undefined }],
    ['an empty ref', { ref: '' }],
    ['no commit', { sha: undefined }],
    ['a commit that is none', { sha: 'latest' }],
    ['a short commit', { sha: 'cf2ded3' }],
  ])('rejects a pipeline with %s', (_what, attributes) => {
    expect(parse(attributes).kind).toBe('reject')
  })

  it.each([[{}], [{ object_kind: 7 }], [{ object_kind: 'pipeline' }], [[]]])(
    'rejects the body %j',
    (body) => {
      expect(gitlab.parse({ body, headers, settings: { image } }).kind).toBe('reject')
    },
  )
})
