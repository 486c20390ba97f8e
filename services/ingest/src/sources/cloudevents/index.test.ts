import { CloudEvent, HTTP } from 'cloudevents'
import { describe, expect, it } from 'vitest'
import { digestCases, foreignTags, goodTags, someDigest, toolTags } from '../../../test/tag-cases.ts'
import type { CallHeaders, Parsed, SourceCall } from '../source.ts'
import { cloudevents } from './index.ts'

const type = 'com.example.image.pushed'
const ecrType = 'com.amazon.ecr.image.push'
const image = { registry: 'cr.example.com', repository: 'team/web', tag: '2.2', digest: someDigest }
const attributes = {
  specversion: '1.0',
  id: 'build-2041',
  source: 'https://ci.example.com/jobs/web',
  type,
  time: '2026-11-18T08:00:00Z',
}
const structured = { 'content-type': 'application/cloudevents+json; charset=utf-8' }
const batched = { 'content-type': 'Application/CloudEvents-Batch+JSON' }
const plain = { 'content-type': 'application/json' }

function call(body: unknown, headers: CallHeaders, registry?: string): Parsed {
  return cloudevents.parse({
    body: body as SourceCall['body'],
    headers,
    settings: { registry, types: [type, ecrType] },
  })
}

function parse(data: object = {}, rest: object = {}, registry?: string): Parsed {
  return call({ ...attributes, data: { ...image, ...data }, ...rest }, structured, registry)
}

function binary(more: Record<string, string | undefined> = {}, data: unknown = image): Parsed {
  const named = Object.entries(attributes).map(([name, value]) => [`ce-${name}`, value])
  return call(data, { ...plain, ...Object.fromEntries(named), ...more })
}

function pushOf(parsed: Parsed) {
  return parsed.kind === 'pushes' ? parsed.pushes[0] : parsed
}

const push = {
  ...image,
  event: 'https://ci.example.com/jobs/web build-2041',
  at: '2026-11-18T08:00:00Z',
}

describe('cloudevents', () => {
  it('takes an event in structured mode, also as plain JSON', () => {
    expect(pushOf(parse())).toEqual(push)
    expect(pushOf(call({ ...attributes, data: image }, plain))).toEqual(push)
  })

  it('takes an event in binary mode', () => {
    expect(pushOf(binary())).toEqual(push)
  })

  it('takes every event of a batch, in order', () => {
    const other = { ...attributes, type: 'com.example.image.deleted', data: { anything: 1 } }
    const second = { ...attributes, id: 'build-2042', data: { ...image, tag: '2.3' } }

    expect(call([{ ...attributes, data: image }, other, second, 17], batched)).toMatchObject({
      kind: 'pushes',
      pushes: [{ tag: '2.2' }, { tag: '2.3', event: 'https://ci.example.com/jobs/web build-2042' }],
      passedOver: [
        'the event is of a type that is not among those of this hook',
        'the call is not a CloudEvent of version 1.0',
      ],
    })
  })

  it('ignores a batch of nothing, and rejects one of nothing valid and one that is no list', () => {
    expect(call([], batched).kind).toBe('ignore')
    expect(call([{ ...attributes, specversion: '0.3' }], batched).kind).toBe('reject')
    expect(call({ ...attributes, data: image }, batched).kind).toBe('reject')
  })

  it.each([structured, plain])('takes a list for a batch only where it is declared as one', (headers) => {
    expect(call([{ ...attributes, data: image }], headers).kind).toBe('reject')
  })

  it('prefers the host of the hook', () => {
    expect(pushOf(parse({ registry: undefined }, {}, 'images.example.com'))).toMatchObject({
      registry: 'images.example.com',
    })
  })

  it('understands what the SDK sends', () => {
    const event = new CloudEvent({ ...attributes, data: image, extension: '扩展' })
    const known = { ...image, event: push.event }
    const whole = HTTP.structured(event)
    const split = HTTP.binary(event)

    expect(pushOf(call(JSON.parse(String(whole.body)), whole.headers as CallHeaders))).toMatchObject(known)
    expect(pushOf(call(JSON.parse(String(split.body)), split.headers as CallHeaders))).toMatchObject(known)
  })
})

describe('the attributes of an event', () => {
  it.each([
    { specversion: undefined },
    { specversion: '0.3' },
    { specversion: 1 },
    { id: undefined },
    { id: '' },
    { id: 7 },
    { source: undefined },
    { source: '' },
    { source: 'no uri' },
    { type: undefined },
    { type: '' },
    { type: null },
  ])('are rejected with %j', (rest) => {
    expect(parse({}, rest).kind).toBe('reject')
  })

  it.each([
    { time: undefined },
    { time: null },
    { time: 1.7e9 },
    { subject: '镜像 🚀' },
    { Odd_Extension: { a: [1] } },
    { datacontenttype: 'application/json; charset=utf-8' },
    { id: '构建-1' },
    { source: '/ci' },
  ])('are taken with %j', (rest) => {
    expect(parse({}, rest).kind).toBe('pushes')
  })

  it.each(['com.example.image.deleted', `${type}.v2`, type.toUpperCase()])(
    'say by the type %s that it is nothing for this hook, whatever its data',
    (other) => {
      expect(parse({}, { type: other }).kind).toBe('ignore')
      expect(parse({}, { type: other, data: undefined }).kind).toBe('ignore')
      expect(binary({ 'ce-type': other }, { anything: 1 }).kind).toBe('ignore')
    },
  )

  it.each([
    ['build%2D2041', 'build-2041'],
    ['%e6%9e%84%E5%BB%BA%20%F0%9F%9A%80', '构建 🚀'],
    ['"build 2041"', 'build 2041'],
    ['"a \\"b\\" \\\\ %20c"', 'a "b" \\  c'],
    ['100%2525', '100%25'],
    [' padded ', 'padded'],
  ])('are decoded once in headers: %s', (written, id) => {
    expect(pushOf(binary({ 'ce-id': written }))).toMatchObject({ event: `${attributes.source} ${id}` })
  })

  it.each(['%C0%A0', '%', '%zz', '%E6%9E'])('are rejected where a header holds %s', (written) => {
    expect(binary({ 'ce-id': written }).kind).toBe('reject')
  })

  it.each(['ce-specversion', 'ce-id', 'ce-source', 'ce-type'])(
    'are rejected without the header %s',
    (name) => {
      expect(binary({ [name]: undefined }).kind).toBe('reject')
    },
  )
})

describe('the data of an event', () => {
  const encoded = Buffer.from(JSON.stringify(image)).toString('base64')

  it('may be base64', () => {
    expect(pushOf(parse({}, { data: undefined, data_base64: encoded }))).toEqual(push)
  })

  it.each([
    { data_base64: encoded },
    { data: undefined, data_base64: '{}' },
    { data: undefined, data_base64: Buffer.from('no JSON').toString('base64') },
    { data: undefined, data_base64: 7 },
    { data: undefined },
    { data: null },
    { data: JSON.stringify(image) },
    { data: [image] },
  ])('is rejected as %j', (rest) => {
    expect(parse({}, rest).kind).toBe('reject')
  })

  it.each([
    { repository: undefined },
    { repository: 'Team/web' },
    { repository: '../web' },
    { registry: undefined },
    { registry: 'https://cr.example.com' },
  ])('is rejected with %j', (data) => {
    expect(parse(data).kind).toBe('reject')
  })

  it.each(digestCases)('of the digest %j knows %j', (digest, known) => {
    expect(pushOf(parse({ digest }))).toMatchObject({ digest: known })
  })

  it.each(goodTags)('takes the tag %s', (tag) => {
    expect(pushOf(parse({ tag }))).toMatchObject({ tag })
  })

  it.each(toolTags)('is passed over with the tag %s, which a tool made', (tag) => {
    expect(parse({ tag }).kind).toBe('ignore')
  })

  it.each([...foreignTags, undefined, null, '', 7])('is rejected with the tag %j', (tag) => {
    expect(parse({ tag }).kind).toBe('reject')
  })
})

describe('the names that set-ups with ECR use', () => {
  const source = 'urn:aws:ecr:eu-west-1:111122223333:repository/media/transcoder'
  const data = { repositoryName: 'media/transcoder', imageTag: '7.1.0', imageDigest: someDigest }
  const parseEcr = (more: object = {}, rest: object = {}) =>
    call({ ...attributes, type: ecrType, source, data: { ...data, ...more }, ...rest }, structured)

  it.each([
    [source, '111122223333.dkr.ecr.eu-west-1.amazonaws.com'],
    [source.replace('urn', 'arn'), '111122223333.dkr.ecr.eu-west-1.amazonaws.com'],
    [
      'arn:aws-cn:ecr:cn-north-1:111122223333:repository/media/transcoder',
      '111122223333.dkr.ecr.cn-north-1.amazonaws.com.cn',
    ],
  ])('are read, with the host of %s', (from, registry) => {
    expect(pushOf(parseEcr({}, { source: from }))).toMatchObject({
      registry,
      repository: 'media/transcoder',
      tag: '7.1.0',
      digest: someDigest,
      event: `${from} build-2041`,
    })
  })

  it('take the account of the data before that of the source, and the repository of the source', () => {
    expect(pushOf(parseEcr({ registryId: '444455556666', repositoryName: undefined }))).toMatchObject({
      registry: '444455556666.dkr.ecr.eu-west-1.amazonaws.com',
      repository: 'media/transcoder',
    })
  })

  it.each(['', undefined, null])('are passed over with the tag %j: one platform of an image', (imageTag) => {
    expect(parseEcr({ imageTag }).kind).toBe('ignore')
  })

  it('are rejected where the source names no registry', () => {
    expect(parseEcr({}, { source: '/somewhere' }).kind).toBe('reject')
  })
})
