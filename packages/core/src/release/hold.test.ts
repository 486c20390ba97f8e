import { describe, expect, it } from 'vitest'
import { hold, isHeld, unhold } from './hold.ts'
import type { HostState } from './release.ts'

const state: HostState = { live: null, good: null, seq: 7 }

describe('holds', () => {
  it('know nothing at first', () => {
    expect(isHeld(state, 'sha256:a')).toBe(false)
    expect(unhold(state, 'sha256:a')).toEqual(state)
  })

  it('keep a digest until it passes', () => {
    const held = hold(hold(state, 'sha256:a'), 'sha256:b')

    expect(held).toEqual({ ...state, held: ['sha256:a', 'sha256:b'] })
    expect(isHeld(held, 'sha256:a')).toBe(true)
    expect(unhold(held, 'sha256:a')).toEqual({ ...state, held: ['sha256:b'] })
  })

  it('are bounded, and the newest stay', () => {
    const digests = Array.from({ length: 80 }, (_, index) => `sha256:${index}`)

    const { held = [] } = digests.reduce(hold, state)

    expect(held.length).toBeLessThan(80)
    expect(held.at(-1)).toBe('sha256:79')
  })
})
