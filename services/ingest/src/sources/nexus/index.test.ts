import { describe, expect, it } from 'vitest'
import { itKeepsTheRulesOnTags } from '../../../test/tag-rules.ts'
import type { CallHeaders, Parsed } from '../source.ts'
import { nexus } from './index.ts'

const registry = 'nexus.example.com:8082'
const ofComponent = {
  'x-nexus-webhook-id': 'rm:repository:component',
  'x-nexus-webhook-delivery': '608fa6a7',
}

function parse(component: object = {}, more: object = {}, headers: CallHeaders = ofComponent): Parsed {
  const body = {
    timestamp: '2026-11-18T07:00:00.000+00:00',
    nodeId: 'AAAA1111',
    initiator: '构建/10.0.0.7',
    repositoryName: 'docker-hosted',
    action: 'CREATED',
    component: {
      id: 'd8f3',
      format: 'docker',
      name: 'shop/search',
      group: null,
      version: '6.6.0',
      ...component,
    },
    ...more,
  }
  return nexus.parse({ body, headers, settings: { registry } })
}

describe('nexus', () => {
  it('takes a new component, at the host of the hook', () => {
    expect(parse()).toEqual({
      kind: 'pushes',
      pushes: [
        {
          registry,
          repository: 'shop/search',
          tag: '6.6.0',
          digest: null,
          event: '608fa6a7',
          at: '2026-11-18T07:00:00.000+00:00',
        },
      ],
      passedOver: [],
    })
  })

  it('takes a component whose tag was pushed again', () => {
    expect(parse({}, { action: 'UPDATED' }).kind).toBe('pushes')
  })

  it.each(['DELETED', 'PURGED', 'created'])('ignores the action %s', (action) => {
    expect(parse({}, { action }).kind).toBe('ignore')
  })

  it.each(['rm:repository:asset', 'rm:repository', 'rm:audit', 'rm:lic'])('ignores the webhook %s', (id) => {
    expect(
      nexus.parse({ body: {}, headers: { 'x-nexus-webhook-id': id }, settings: { registry } }).kind,
    ).toBe('ignore')
  })

  it.each(['maven2', 'npm', 'helm', 'raw'])('ignores the format %s', (format) => {
    expect(parse({ format, version: undefined }).kind).toBe('ignore')
  })

  it('ignores what it could only deploy if the hook named a host', () => {
    const body = { action: 'CREATED', component: { format: 'docker', name: 'shop/search', version: '1' } }

    expect(nexus.parse({ body, headers: ofComponent, settings: {} }).kind).toBe('ignore')
  })

  itKeepsTheRulesOnTags((version) => parse({ version }))

  it('needs neither time nor delivery', () => {
    expect(parse({}, { timestamp: null }, { 'x-nexus-webhook-id': 'rm:repository:component' })).toMatchObject(
      {
        pushes: [{ event: null, at: null }],
      },
    )
    expect(parse({}, { timestamp: 1.7e9 })).toMatchObject({ pushes: [{ at: '1700000000' }] })
  })

  it.each([
    ['no name', { name: undefined }],
    ['a name in upper case', { name: 'Shop/Search' }],
    ['no format', { format: undefined }],
  ])('rejects a component with %s', (_what, component) => {
    expect(parse(component).kind).toBe('reject')
  })

  it('rejects a call without the header that says what it is about, and bodies of another sender', () => {
    expect(parse({}, {}, {}).kind).toBe('reject')
    expect(parse({}, { component: undefined }).kind).toBe('reject')
    expect(parse({}, { action: undefined }).kind).toBe('reject')
    expect(nexus.parse({ body: [], headers: ofComponent, settings: { registry } }).kind).toBe('reject')
  })
})
