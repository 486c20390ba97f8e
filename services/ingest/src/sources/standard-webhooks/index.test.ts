import { describe, expect, it } from 'vitest'
import { digestCases, foreignTags, goodTags, someDigest, toolTags } from '../../../test/tag-cases.ts'
import type { Parsed, SourceSettings } from '../source.ts'
import { standardWebhooks } from './index.ts'

const image = { registry: 'cr.example.com', repository: 'team/api', tag: '11.0.0', digest: someDigest }
const headers = { 'webhook-id': 'msg_1', 'webhook-timestamp': '1794990600' }

function parse(data: object = {}, rest: object = {}, settings: SourceSettings = {}): Parsed {
  const body = {
    type: 'image.pushed',
    timestamp: '2026-11-18T08:29:59.120Z',
    data: { ...image, ...data },
    ...rest,
  }
  return standardWebhooks.parse({ body, headers, settings })
}

function pushOf(parsed: Parsed) {
  return parsed.kind === 'pushes' ? parsed.pushes[0] : parsed
}

describe('standard-webhooks', () => {
  it('takes a push, known by the id of the message', () => {
    expect(pushOf(parse())).toEqual({ ...image, event: 'msg_1', at: '2026-11-18T08:29:59.120Z' })
  })

  it('prefers the host of the hook', () => {
    const settings = { registry: 'images.example.com' }

    expect(pushOf(parse({ registry: undefined }, {}, settings))).toMatchObject(settings)
  })

  it('takes the types of the hook in place of its own', () => {
    const settings = { types: ['build.done', 'image.moved'] }

    expect(parse({}, { type: 'image.moved' }, settings).kind).toBe('pushes')
    expect(parse({}, { type: 'image.pushed' }, settings).kind).toBe('ignore')
  })

  it.each(['image.deleted', 'user.created', 'IMAGE.PUSHED'])(
    'ignores the type %s, whatever its data',
    (type) => {
      expect(parse({}, { type }).kind).toBe('ignore')
      expect(parse({}, { type, data: undefined }).kind).toBe('ignore')
    },
  )

  it('takes the names that set-ups with ECR use', () => {
    const data = { repositoryName: 'team/api', imageTag: 'v2', imageDigest: someDigest }
    const rest = { data: { ...data, registry: 'cr.example.com' } }

    expect(pushOf(parse({}, rest))).toMatchObject({ repository: 'team/api', tag: 'v2', digest: someDigest })
  })

  it.each(digestCases)('of the digest %j knows %j', (digest, known) => {
    expect(pushOf(parse({ digest }))).toMatchObject({ digest: known })
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

  it.each([
    { repository: undefined },
    { repository: 'Team/api' },
    { registry: undefined },
    { registry: 'https://cr.example.com' },
  ])('rejects an image with %j', (data) => {
    expect(parse(data).kind).toBe('reject')
  })

  it.each([{ type: undefined }, { type: '' }, { data: undefined }, { data: 'x' }, { data: [] }])(
    'rejects a body with %j',
    (rest) => {
      expect(parse({}, rest).kind).toBe('reject')
    },
  )

  it.each([1.7949905e9, null, undefined, {}])('takes the timestamp %j', (timestamp) => {
    expect(parse({ 备注: '发布 🚀' }, { timestamp }).kind).toBe('pushes')
  })
})
