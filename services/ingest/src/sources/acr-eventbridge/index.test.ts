import { describe, expect, it } from 'vitest'
import { digestCases, foreignTags, goodTags, toolTags } from '../../../test/tag-cases.ts'
import type { Parsed } from '../source.ts'
import { acrEventbridge } from './index.ts'

const event = {
  id: 'e-1',
  source: 'acs.cr',
  specversion: '1.0',
  subject: 'acs.cr:cn-hangzhou:1000000000000011:300117',
  time: '2026-11-18T16:20:31+08:00',
  type: 'cr:Artifact:BuildCompleted',
  aliyunregionid: 'cn-hangzhou',
}
const image = {
  InstanceName: 'lotus-prod',
  RepoNamespaceName: 'shop',
  RepoName: 'checkout',
  RegionId: 'cn-hangzhou',
  Tag: '5.2.0',
}
const push = { type: 'cr:Artifact:PushCompleted' }

function parse(data: object = {}, rest: object = {}, registry?: string): Parsed {
  const body = { ...event, data: { ...image, BuildStatus: 'SUCCESS', ...data }, ...rest }
  return acrEventbridge.parse({ body, headers: {}, settings: { registry } })
}

function pushOf(parsed: Parsed) {
  return parsed.kind === 'pushes' ? parsed.pushes[0] : parsed
}

describe('acr-eventbridge', () => {
  it('takes a build that ended well, with the public host of its instance', () => {
    expect(pushOf(parse())).toEqual({
      registry: 'lotus-prod-registry.cn-hangzhou.cr.aliyuncs.com',
      repository: 'shop/checkout',
      tag: '5.2.0',
      digest: null,
      event: 'e-1',
      at: '2026-11-18T16:20:31+08:00',
    })
  })

  it.each(['lotus-prod-registry-vpc.cn-hangzhou.cr.aliyuncs.com', 'images.example.com:8443'])(
    'prefers the host of the hook: %s',
    (registry) => {
      expect(pushOf(parse({ InstanceName: undefined }, {}, registry))).toMatchObject({ registry })
    },
  )

  it('ignores a build in another region than that of the registry', () => {
    expect(parse({}, {}, 'lotus-prod-registry-vpc.cn-beijing.cr.aliyuncs.com').kind).toBe('ignore')
  })

  it('takes the region of the event where the data has none', () => {
    expect(pushOf(parse({ RegionId: undefined }))).toMatchObject({
      registry: 'lotus-prod-registry.cn-hangzhou.cr.aliyuncs.com',
    })
  })

  it.each(['FAILED', 'CANCELED', 'BUILDING', 'success', '', undefined, null, 1])(
    'ignores a build whose status is %j',
    (BuildStatus) => {
      expect(parse({ BuildStatus }).kind).toBe('ignore')
    },
  )

  it.each([
    'cr:Artifact:SynchronizationCompleted',
    'cr:Artifact:ScanCompleted',
    'cr:Artifact:SigningCompleted',
    'cr:Artifact:DeliveryChainCompleted',
    'cr:ActionTrail:ApiCall',
    'cr:ActionTrail:ConsoleOperation',
    'cr:ActionTrail:AliyunServiceEvent',
    'cr:Artifact:Anything',
  ])('ignores %s, whatever its data', (type) => {
    expect(parse({}, { type }).kind).toBe('ignore')
    expect(parse({}, { type, data: undefined }).kind).toBe('ignore')
  })

  it('takes a push, which has no build status, and its digest if there is one', () => {
    expect(pushOf(parse({ BuildStatus: undefined }, push))).toMatchObject({ tag: '5.2.0', digest: null })
  })

  it.each(digestCases)('of the digest %j knows %j', (Digest, digest) => {
    expect(pushOf(parse({ Digest }, push))).toMatchObject({ digest })
  })

  it.each([{ Tag: undefined }, { Tag: '' }, { RepoName: undefined }, { RepoNamespaceName: null }])(
    'ignores a push that says %j',
    (data) => {
      expect(parse(data, push).kind).toBe('ignore')
    },
  )

  it.each([{ Tag: undefined }, { Tag: '' }, { RepoName: undefined }, { RepoNamespaceName: 'Shop' }])(
    'rejects a build that says %j',
    (data) => {
      expect(parse(data).kind).toBe('reject')
    },
  )

  it.each(goodTags)('takes the tag %s', (Tag) => {
    expect(pushOf(parse({ Tag }))).toMatchObject({ tag: Tag })
  })

  it.each(toolTags)('ignores the tag %s, which a tool made', (Tag) => {
    expect(parse({ Tag }).kind).toBe('ignore')
  })

  it.each(foreignTags)('rejects the tag %j', (Tag) => {
    expect(parse({ Tag }).kind).toBe('reject')
    expect(parse({ Tag }, push).kind).toBe('reject')
  })

  it.each([
    ['an event of another product', { source: 'acs.oss' }],
    ['no source', { source: undefined }],
    ['no type', { type: undefined }],
    ['a build without data', { data: undefined }],
    ['data that is text', { data: 'x' }],
  ])('rejects %s', (_what, rest) => {
    expect(parse({}, rest).kind).toBe('reject')
  })

  it.each([
    ['no instance and no registry', { InstanceName: undefined }],
    ['an instance that is no part of a host', { InstanceName: 'a/b' }],
    ['a region that is no part of a host', { RegionId: 'cn/../evil' }],
  ])('rejects %s', (_what, data) => {
    expect(parse(data).kind).toBe('reject')
  })

  it('takes what more is said, in any language', () => {
    expect(parse({ 说明: '发布 🚀' }, { aliyuneventbusname: '默认' }).kind).toBe('pushes')
  })
})
