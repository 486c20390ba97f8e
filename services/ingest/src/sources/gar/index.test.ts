import { describe, expect, it } from 'vitest'
import { digestCases, foreignTags, goodTags, someDigest, toolTags } from '../../../test/tag-cases.ts'
import type { CallHeaders, Parsed } from '../source.ts'
import { gar } from './index.ts'

const name = 'europe-west4-docker.pkg.dev/sunny-demo/apps/frontdoor'
const inserted = { action: 'INSERT', digest: `${name}@${someDigest}`, tag: `${name}:1.0.44` }

function encode(value: unknown): string {
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64')
}

function parse(more: object = {}, message: object = {}, registry?: string): Parsed {
  const wrapped = {
    data: encode({ ...inserted, ...more }),
    messageId: '13001200001',
    publishTime: '2026-11-18T06:45:01.220Z',
    attributes: {},
    ...message,
  }
  return parseBody({ message: wrapped, subscription: 'projects/x/subscriptions/y' }, {}, registry)
}

function parseBody(body: Record<string, unknown>, headers: CallHeaders = {}, registry?: string): Parsed {
  return gar.parse({ body, headers, settings: { registry } })
}

function pushOf(parsed: Parsed) {
  return parsed.kind === 'pushes' ? parsed.pushes[0] : parsed
}

describe('gar', () => {
  it('takes a new tag', () => {
    expect(pushOf(parse())).toEqual({
      registry: 'europe-west4-docker.pkg.dev',
      repository: 'sunny-demo/apps/frontdoor',
      tag: '1.0.44',
      digest: someDigest,
      event: '13001200001',
      at: '2026-11-18T06:45:01.220Z',
    })
  })

  it('prefers the host of the hook', () => {
    expect(pushOf(parse({}, {}, 'images.example.com'))).toMatchObject({
      registry: 'images.example.com',
      repository: 'sunny-demo/apps/frontdoor',
    })
  })

  it('reads hosts with a port and short paths', () => {
    expect(pushOf(parse({ tag: 'localhost:5000/web:v1' }))).toMatchObject({
      registry: 'localhost:5000',
      repository: 'web',
      tag: 'v1',
      digest: null,
    })
  })

  it.each([
    ['a push without a tag', { tag: undefined }],
    ['null for a tag', { tag: null }],
    ['an empty tag', { tag: '' }],
    ['a reference whose tag is empty', { tag: `${name}:` }],
    ['a reference without a tag', { tag: name }],
    ['a deletion with a tag', { action: 'DELETE' }],
    ['a deletion of a digest', { action: 'DELETE', tag: undefined }],
    ['an action to come', { action: 'UPDATE' }],
  ])('ignores %s', (_what, more) => {
    expect(parse(more).kind).toBe('ignore')
  })

  it.each(digestCases.filter(([written]) => typeof written === 'string'))(
    'of a reference to the digest %j knows %j',
    (written, digest) => {
      expect(pushOf(parse({ digest: `${name}@${written}` }))).toMatchObject({ digest })
    },
  )

  it.each([
    undefined,
    null,
    '',
    7,
    someDigest,
    `gcr.io/other@${someDigest}`,
    `${'x'.repeat(name.length)}@${someDigest}`,
  ])('knows no digest by %j', (digest) => {
    expect(pushOf(parse({ digest }))).toMatchObject({ tag: '1.0.44', digest: null })
  })

  it.each(goodTags)('takes the tag %s', (tag) => {
    expect(pushOf(parse({ tag: `${name}:${tag}` }))).toMatchObject({ tag })
  })

  it.each(toolTags)('ignores the tag %s, which a tool made', (tag) => {
    expect(parse({ tag: `${name}:${tag}` }).kind).toBe('ignore')
  })

  it.each(foreignTags.filter((tag) => !tag.includes('/')))('rejects the tag %j', (tag) => {
    expect(parse({ tag: `${name}:${tag}` }).kind).toBe('reject')
  })

  it.each([
    ['no action', { action: undefined }],
    ['a tag that is no text', { tag: 7 }],
    ['a reference without a host', { tag: 'frontdoor:v1' }],
    ['upper case', { tag: 'gcr.io/Sunny/web:v1' }],
    ['a path that climbs', { tag: 'gcr.io/../web:v1' }],
    ['a digest in place of a tag', { tag: `${name}@${someDigest}` }],
  ])('rejects %s', (_what, more) => {
    expect(parse(more).kind).toBe('reject')
  })

  it.each([
    ['no data', undefined],
    ['empty data', ''],
    ['data that is not base64', '{"action":"INSERT"}'],
    ['base64 with something strange in it', `*${encode(inserted)}`],
    ['data that is not JSON', encode('INSERT')],
    ['data that is not UTF-8', Buffer.from([0x7b, 0xff, 0x7d]).toString('base64')],
    ['data that is a list', encode([inserted])],
    ['data that nests without end', encode(`${'{"a":'.repeat(100)}1${'}'.repeat(100)}`)],
  ])('rejects %s', (_what, data) => {
    expect(parse({}, { data }).kind).toBe('reject')
  })

  it('knows the older spelling of the id', () => {
    expect(pushOf(parse({}, { messageId: undefined, message_id: 'm-2' }))).toMatchObject({ event: 'm-2' })
  })

  it('takes an unwrapped notification, with its id in a header', () => {
    expect(pushOf(parseBody(inserted, { 'x-goog-pubsub-message-id': 'm-3' }))).toMatchObject({
      tag: '1.0.44',
      event: 'm-3',
    })
  })

  it.each([[{}], [{ message: null }], [{ message: {} }], [{ subscription: 'x' }]])('rejects %j', (body) => {
    expect(parseBody(body).kind).toBe('reject')
  })
})
