import { createMatcher } from '@slipway/core'
import { describe, expect, it } from 'vitest'
import { configOf } from '../test/config.ts'
import { largestBody } from './body-limit.ts'
import { type OpenHook, openHooks } from './hooks.ts'
import type { Evidence, Proof } from './proof/proof.ts'
import { createReceive } from './receive.ts'
import { createSameWork } from './same-work.ts'
import { acr } from './sources/acr/index.ts'

const call: Evidence = { token: null, headers: {}, body: new Uint8Array(), now: 0 }

describe('createSameWork', () => {
  const done: string[] = []

  function hook(name: string, kind: string | null, times: number): OpenHook {
    const once: Proof = () => {
      done.push(kind ?? '')
      return { ok: false, reason: 'proof-wrong', why: '' }
    }
    const proof = { prove: once, work: kind === null ? null : { kind, times, once } }
    return { name, source: acr, proof, settings: {}, only: undefined, allows: undefined, bodyLimit: 1 }
  }

  const hooks = [hook('a', 'hash', 1), hook('b', 'hash', 3), hook('c', 'compare', 1), hook('d', null, 0)]
  const [one, three, other, far] = hooks
  const sameWork = createSameWork(hooks)

  it.each([
    ['no hook', null, ['hash', 'hash', 'hash', 'compare']],
    ['a hook with one of three secrets', one, ['hash', 'hash', 'compare']],
    ['the hook with the most secrets', three, ['compare']],
    ['a hook of another kind', other, ['hash', 'hash', 'hash']],
    ['a hook whose proof is elsewhere', far, ['hash', 'hash', 'hash', 'compare']],
  ])('adds to what %s has cost what is left of all', (_what, asked, expected) => {
    done.length = 0

    sameWork(call, asked ?? null)

    expect(done).toEqual(expected)
  })
})

it('leaves nothing to be learned from the time that a refusal takes', async () => {
  const secret = { secret: { env: 'A' } }
  const { hooks } = configOf({
    hooks: {
      main: { source: 'acr', ...secret },
      near: { source: 'acr', ...secret, allow: ['10.0.0.0/8'] },
      signed: { source: 'ghcr', ...secret },
      nexus: { source: 'nexus', registry: 'nexus.example.com', ...secret },
    },
  })
  const names = [...Object.keys(hooks), 'none']
  const secrets = new Map(names.map((name) => [name, ['sixteen-or-more-characters']]))
  const receive = createReceive(openHooks(hooks, secrets), createMatcher({}))
  const headers = { 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` }
  const body = Buffer.alloc(largestBody, 'a')
  const took = new Map<string, number[]>(names.map((name) => [name, []]))

  // In turns, so that whatever else the machine does meets all of them.
  for (let round = 0; round < 25; round += 1) {
    for (const hook of names) {
      const begun = performance.now()
      await receive({ hook, token: 'guess', headers, body, now: 0, peer: '203.0.113.9' })
      took.get(hook)?.push(performance.now() - begun)
    }
  }

  const times = [...took.values()].map((all) => all.toSorted((a, b) => a - b)[5] ?? 0)
  // One signature over a megabyte takes a hundred times what comparing two secrets does.
  expect(Math.max(...times) / Math.min(...times)).toBeLessThan(2)
})
