import { describe, expect, it } from 'vitest'
import { digestCases, foreignTags, goodTags, someDigest, toolTags } from '../../../test/tag-cases.ts'
import type { Parsed } from '../source.ts'
import { azureAcr } from './index.ts'

const target = {
  mediaType: 'application/vnd.docker.distribution.manifest.v2+json',
  size: 1780,
  digest: someDigest,
  repository: 'crm/web',
  tag: '18.4',
}
const timestamp = '2026-11-18T06:30:00.101222Z'

function call(to: object = {}, rest: object = {}): object {
  return {
    id: 'c-1',
    timestamp,
    action: 'push',
    target: { ...target, ...to },
    request: { id: 'r-1', host: 'marigold.azurecr.io', method: 'PUT' },
    ...rest,
  }
}

function parse(body: object, registry?: string): Parsed {
  return azureAcr.parse({ body: body as Record<string, unknown>, headers: {}, settings: { registry } })
}

function pushOf(parsed: Parsed) {
  return parsed.kind === 'pushes' ? parsed.pushes[0] : parsed
}

describe('azure-acr', () => {
  it('takes a push, with the host as the client named it', () => {
    expect(pushOf(parse(call()))).toEqual({
      registry: 'marigold.azurecr.io',
      repository: 'crm/web',
      tag: '18.4',
      digest: someDigest,
      event: 'c-1',
      at: timestamp,
    })
  })

  it('prefers the host of the hook', () => {
    expect(pushOf(parse(call({}, { request: undefined }), 'images.example.com'))).toMatchObject({
      registry: 'images.example.com',
    })
  })

  it.each(['delete', 'chart_push', 'chart_delete', 'quarantine', 'ping', 'anything'])(
    'ignores the action %s, with a target and without',
    (action) => {
      expect(parse(call({}, { action })).kind).toBe('ignore')
      expect(parse(call({}, { action, target: undefined })).kind).toBe('ignore')
    },
  )

  it.each([undefined, null, ''])('ignores one platform of an image, whose tag is %j', (tag) => {
    expect(parse(call({ tag })).kind).toBe('ignore')
  })

  it.each(digestCases)('of the digest %j knows %j', (digest, known) => {
    expect(pushOf(parse(call({ digest })))).toMatchObject({ digest: known })
  })

  it.each(goodTags)('takes the tag %s', (tag) => {
    expect(pushOf(parse(call({ tag })))).toMatchObject({ tag })
  })

  it.each(toolTags)('ignores the tag %s, which a tool made', (tag) => {
    expect(parse(call({ tag })).kind).toBe('ignore')
  })

  it.each([...foreignTags, 7])('rejects the tag %j', (tag) => {
    expect(parse(call({ tag })).kind).toBe('reject')
  })

  it.each([
    ['no action', call({}, { action: undefined })],
    ['a push without a target', call({}, { target: undefined })],
    ['no repository', call({ repository: undefined })],
    ['a path that climbs', call({ repository: '../web' })],
    ['no host', call({}, { request: undefined })],
    ['a host that is none', call({}, { request: { host: 'a b' } })],
    ['nothing', {}],
  ])('rejects %s', (_what, body) => {
    expect(parse(body).kind).toBe('reject')
  })

  describe('by way of Event Grid', () => {
    const pushed = 'Microsoft.ContainerRegistry.ImagePushed'
    const grid = { id: 'g-1', eventType: pushed, eventTime: '2026-11-18T06:30:01Z', data: call() }
    const cloudEvent = { specversion: '1.0', id: 'g-2', source: '/x', type: pushed, data: call() }

    it('takes the events of a list, each by the id that the grid repeats it with', () => {
      expect(parse([grid, { ...grid, id: 'g-3', data: call({ tag: '2' }) }])).toMatchObject({
        pushes: [
          { tag: '18.4', event: 'g-1', at: '2026-11-18T06:30:01Z' },
          { tag: '2', event: 'g-3' },
        ],
      })
    })

    it('takes a CloudEvent', () => {
      expect(pushOf(parse(cloudEvent))).toMatchObject({ tag: '18.4', event: 'g-2', at: timestamp })
    })

    it.each([
      'Microsoft.ContainerRegistry.ImageDeleted',
      'Microsoft.ContainerRegistry.ChartPushed',
      'Microsoft.ContainerRegistry.ChartDeleted',
      'Microsoft.EventGrid.SubscriptionValidationEvent',
    ])('ignores %s', (type) => {
      expect(parse([{ ...grid, eventType: type, data: {} }]).kind).toBe('ignore')
    })

    it('ignores an empty list and rejects one of something else', () => {
      expect(parse([]).kind).toBe('ignore')
      expect(parse([17]).kind).toBe('reject')
      expect(parse([{ ...grid, data: undefined }]).kind).toBe('reject')
    })
  })
})
