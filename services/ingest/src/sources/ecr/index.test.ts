import { describe, expect, it } from 'vitest'
import { digestCases, foreignTags, goodTags, someDigest, toolTags } from '../../../test/tag-cases.ts'
import type { Parsed } from '../source.ts'
import { ecr } from './index.ts'

const detail = {
  result: 'SUCCESS',
  'repository-name': 'media/transcoder',
  'image-digest': someDigest,
  'action-type': 'PUSH',
  'image-tag': '7.1.0',
}

function parse(more: object = {}, rest: object = {}, registry?: string): Parsed {
  const body = {
    version: '0',
    id: 'f-1',
    'detail-type': 'ECR Image Action',
    source: 'aws.ecr',
    account: '111122223333',
    time: '2026-11-18T06:10:00Z',
    region: 'eu-west-1',
    resources: [],
    detail: { ...detail, ...more },
    ...rest,
  }
  return ecr.parse({ body, headers: {}, settings: { registry } })
}

function pushOf(parsed: Parsed) {
  return parsed.kind === 'pushes' ? parsed.pushes[0] : parsed
}

describe('ecr', () => {
  it('takes a push, with the host of account and region', () => {
    expect(pushOf(parse())).toEqual({
      registry: '111122223333.dkr.ecr.eu-west-1.amazonaws.com',
      repository: 'media/transcoder',
      tag: '7.1.0',
      digest: someDigest,
      event: 'f-1',
      at: '2026-11-18T06:10:00Z',
    })
  })

  it.each([
    ['cn-north-1', '111122223333.dkr.ecr.cn-north-1.amazonaws.com.cn'],
    ['cn-northwest-1', '111122223333.dkr.ecr.cn-northwest-1.amazonaws.com.cn'],
    ['us-gov-west-1', '111122223333.dkr.ecr.us-gov-west-1.amazonaws.com'],
  ])('knows the host of %s', (region, registry) => {
    expect(pushOf(parse({}, { region }))).toMatchObject({ registry })
  })

  it('prefers the host of the hook', () => {
    const rest = { account: undefined, region: undefined }

    expect(pushOf(parse({}, rest, 'images.example.com'))).toMatchObject({ registry: 'images.example.com' })
  })

  it.each([
    ['a deletion, which may carry a tag', { 'action-type': 'DELETE' }],
    ['an action to come', { 'action-type': 'ARCHIVE' }],
    ['a push that failed', { result: 'FAILURE' }],
    ['a push without a result', { result: undefined }],
    ['an empty tag', { 'image-tag': '' }],
    ['no tag', { 'image-tag': undefined }],
    ['null for a tag', { 'image-tag': null }],
    ['a chart', { 'artifact-media-type': 'application/vnd.cncf.helm.config.v1+json' }],
  ])('ignores %s', (_what, more) => {
    expect(parse(more).kind).toBe('ignore')
  })

  it.each([
    'ECR Image Scan',
    'ECR Pull Through Cache Action',
    'ECR Scan Resource Change',
    'ECR Replication Action',
    'AWS API Call via CloudTrail',
  ])('ignores the detail-type "%s", whatever its detail', (type) => {
    expect(parse({}, { 'detail-type': type }).kind).toBe('ignore')
    expect(parse({}, { 'detail-type': type, detail: undefined }).kind).toBe('ignore')
  })

  it('takes an image whose media types are told', () => {
    const more = {
      'manifest-media-type': 'application/vnd.oci.image.index.v1+json',
      'artifact-media-type': 'application/vnd.docker.container.image.v1+json',
    }

    expect(parse(more).kind).toBe('pushes')
  })

  it.each(digestCases)('of the digest %j knows %j', (written, digest) => {
    expect(pushOf(parse({ 'image-digest': written }))).toMatchObject({ digest })
  })

  it.each(goodTags)('takes the tag %s', (tag) => {
    expect(pushOf(parse({ 'image-tag': tag }))).toMatchObject({ tag })
  })

  it.each(toolTags)('ignores the tag %s, which a tool made', (tag) => {
    expect(parse({ 'image-tag': tag }).kind).toBe('ignore')
  })

  it.each([...foreignTags, 7])('rejects the tag %j', (tag) => {
    expect(parse({ 'image-tag': tag }).kind).toBe('reject')
  })

  it.each([
    ['an event of another service', { source: 'aws.ec2' }],
    ['no source', { source: undefined }],
    ['no detail-type', { 'detail-type': undefined }],
    ['no detail', { detail: undefined }],
    ['an action without a type', { detail: {} }],
    ['no account', { account: undefined }],
    ['an account that is no part of a host', { account: 'evil.example.com/' }],
    ['no region', { region: undefined }],
    ['a region that is a host of its own', { region: 'evil.example' }],
    ['no repository', { detail: { ...detail, 'repository-name': undefined } }],
    ['a path that climbs', { detail: { ...detail, 'repository-name': '../x' } }],
  ])('rejects %s', (_what, rest) => {
    expect(parse({}, rest).kind).toBe('reject')
  })
})
