import { describe, expect, it } from 'vitest'
import { parseTagRule } from '../image/tag-policy.ts'
import type { AcceptedWant, Deployment } from './deployment.ts'
import { passedOver } from './passed-over.ts'

const image = 'registry.example.com/acme/shop'
const want: AcceptedWant = {
  ...{ project: 'shop', host: 'web1', image, digest: null },
  tag: '1.2.9',
  seq: 10,
  deployment: 'd-10',
}

function push(seq: number, tag: string, more: Partial<Deployment> = {}): Deployment {
  return {
    ...{ id: `d-${seq}`, project: 'shop', host: 'web1', image, digest: null, back: null },
    ...{ trigger: { kind: 'poll' }, acceptedAt: 0, startedAt: null, endedAt: null, attempts: 0 },
    ...{ resolvedDigest: null, release: null, supersededBy: null, rollout: null, cancel: null },
    ...{ errorCode: null, why: null, timings: [] },
    state: 'superseded',
    seq,
    tag,
    ...more,
  }
}

function ask(
  recent: readonly Deployment[],
  more: Partial<AcceptedWant> = {},
  rules = ['^1.2'],
): string | null {
  const parsed = rules.map((text) => {
    const rule = parseTagRule(text)
    return typeof rule === 'string' ? expect.fail(rule) : rule
  })
  return passedOver(parsed, { ...want, ...more }, 5, recent)?.id ?? null
}

describe('a push of a lower version', () => {
  it('gives way to the higher one that it took the place of', () => {
    expect(ask([push(9, '1.3.0'), push(8, '1.10.0'), push(7, '1.2.8')])).toBe('d-8')
  })

  it('gives way also when it is walked again under the name of the higher one', () => {
    expect(ask([push(10, '1.3.0', { state: 'queued' }), push(9, '1.3.0')])).toBe('d-9')
  })

  it.each<[string, readonly Deployment[], Partial<AcceptedWant>?, string[]?]>([
    ['there is none', []],
    ['the other is lower, or no version', [push(9, '1.2.8'), push(8, 'latest'), push(7, '2.0.0')]],
    ['the other was dealt with', [push(5, '1.3.0')]],
    ['the other ended by itself', [push(9, '1.3.0', { state: 'failed' })]],
    ['the other was tried since', [push(9, '1.3.0', { state: 'rolled-back' }), push(8, '1.3.0')]],
    ['the other came later', [push(11, '1.3.0')]],
    ['a person insists', [push(9, '1.3.0')], { force: true }],
    ['it goes back', [push(9, '1.3.0')], { back: { release: null, digest: null } }],
    ['no range follows both', [push(9, '1.3.0')], {}, ['/.*/', '~1.2']],
  ])('goes live itself when %s', (_when, recent, more, rules) => {
    expect(ask(recent, more, rules)).toBeNull()
  })
})
