import { describe, expect, it } from 'vitest'
import { digestCases, foreignTags, goodTags, toolTags } from '../../../test/tag-cases.ts'
import type { Parsed } from '../source.ts'
import { distribution } from './index.ts'

const digest = `sha256:${'cd34'.repeat(16)}`

function event(target: object = {}, rest: object = {}): object {
  return {
    id: 'e1',
    timestamp: '2026-11-18T02:11:45.120934511Z',
    action: 'push',
    target: { repository: 'shop/checkout', tag: '4.0.2', digest, ...target },
    request: { host: 'registry.example.com:5000' },
    ...rest,
  }
}

function parse(events: unknown, registry?: string): Parsed {
  return distribution.parse({ body: { events }, headers: {}, settings: { registry } })
}

describe('distribution', () => {
  it('takes a manifest pushed under a tag, with the host as the client named it', () => {
    expect(parse([event()])).toEqual({
      kind: 'pushes',
      pushes: [
        {
          registry: 'registry.example.com:5000',
          repository: 'shop/checkout',
          tag: '4.0.2',
          digest,
          event: 'e1',
          at: '2026-11-18T02:11:45.120934511Z',
        },
      ],
      passedOver: [],
    })
  })

  it('prefers the host of the hook', () => {
    expect(parse([event()], 'images.example.com')).toMatchObject({
      pushes: [{ registry: 'images.example.com' }],
    })
  })

  it('takes every push of an envelope, in order', () => {
    const parsed = parse([event({ tag: '1' }), event({}, { action: 'pull' }), event({ tag: '2' })])

    expect(parsed).toMatchObject({
      pushes: [{ tag: '1' }, { tag: '2' }],
      passedOver: ['an event is not a push'],
    })
  })

  it.each(['pull', 'mount', 'delete'])('ignores the action %s, though it names a tag', (action) => {
    expect(parse([event({}, { action })]).kind).toBe('ignore')
  })

  it.each([undefined, null, ''])('ignores a layer, which has no tag: %j', (tag) => {
    expect(parse([event({ tag })]).kind).toBe('ignore')
  })

  it.each(['application/vnd.cncf.helm.config.v1+json', 'application/vnd.dev.cosign.artifact.sig.v1+json'])(
    'ignores what is no image, where the registry tells the references: %s',
    (mediaType) => {
      expect(parse([event({ references: [{ mediaType, digest }] })]).kind).toBe('ignore')
    },
  )

  it.each(digestCases)('of the digest %j knows %j', (written, known) => {
    expect(parse([event({ digest: written })])).toMatchObject({ pushes: [{ digest: known }] })
  })

  it.each(goodTags)('takes the tag %s', (tag) => {
    expect(parse([event({ tag })])).toMatchObject({ pushes: [{ tag }] })
  })

  it.each(toolTags)('ignores the tag %s, which a tool made', (tag) => {
    expect(parse([event({ tag })]).kind).toBe('ignore')
  })

  it.each([
    ['an impossible repository', event({ repository: '../etc' })],
    ['an impossible host', event({}, { request: { host: 'a b' } })],
    ['no host', event({}, { request: undefined })],
    ['no action', { target: {} }],
    ['no object', 17],
  ])('is not held up by an event with %s', (_what, odd) => {
    expect(parse([odd, event()])).toMatchObject({ kind: 'pushes', pushes: [{ tag: '4.0.2' }] })
    expect(parse([odd]).kind).toBe('ignore')
  })

  it('ignores an empty envelope', () => {
    expect(parse([]).kind).toBe('ignore')
  })

  it.each(foreignTags)('rejects the tag %j, unless something else in the envelope is of use', (tag) => {
    expect(parse([event({ tag })]).kind).toBe('reject')
    expect(parse([event({ tag }), event({ tag: 'v1' })]).kind).toBe('pushes')
  })

  it.each([[undefined], [null], ['x'], [{}]])('rejects a body whose events are %j', (events) => {
    expect(parse(events).kind).toBe('reject')
  })

  it('accepts the media types of release 2 and release 3', () => {
    expect(distribution.contentTypes).toEqual(
      expect.arrayContaining([
        'application/vnd.docker.distribution.events.v1+json',
        'application/vnd.docker.distribution.events.v2+json',
      ]),
    )
  })
})
