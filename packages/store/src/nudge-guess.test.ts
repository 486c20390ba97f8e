import { describe, expect, it } from 'vitest'
import type { Part } from './accept.ts'
import { createNudgeGuess } from './nudge-guess.ts'

function part(number: number, project = `site-${number}`): Part {
  return {
    wanted: {
      project,
      host: 'web1',
      image: 'registry.example.com/acme/site',
      tag: 'latest',
      digest: null,
      delivery: `event-${number}`,
    },
    deployment: `d${number}`,
    trigger: { kind: 'webhook', hook: 'registry', source: 'distribution' },
  }
}

const fresh = { seq: 1, isNew: true, needsNudge: true }
const waits = { seq: 1, isNew: true, needsNudge: false }

describe('guessing whether a push needs a nudge', () => {
  it('takes it that a nudge waits where one waited last, on that host and for that project only', () => {
    const guess = createNudgeGuess()
    guess.learn(part(1, 'shop'), waits)
    expect(guess.isNeeded(part(2, 'shop'))).toBe(false)
    expect(guess.isNeeded(part(2, 'blog'))).toBe(true)
    const elsewhere = part(2, 'shop')
    expect(guess.isNeeded({ ...elsewhere, wanted: { ...elsewhere.wanted, host: 'web2' } })).toBe(true)
    guess.learn(part(2, 'shop'), fresh)
    expect(guess.isNeeded(part(3, 'shop'))).toBe(true)
  })

  it('learns nothing of what waits from a repetition', () => {
    const guess = createNudgeGuess()
    guess.learn(part(1, 'shop'), { ...waits, isNew: false })
    expect(guess.isNeeded(part(2, 'shop'))).toBe(true)
  })

  it('knows the repetitions of the last five thousand deliveries, and forgets them some day', () => {
    const guess = createNudgeGuess()
    for (let number = 0; number < 5_000; number += 1) guess.learn(part(number), fresh)
    for (let number = 0; number < 5_000; number += 1) expect(guess.isNeeded(part(number))).toBe(false)
    for (let number = 5_000; number < 9_999; number += 1) guess.learn(part(number), fresh)
    expect(guess.isNeeded(part(0))).toBe(false)
    guess.learn(part(9_999), fresh)
    expect(guess.isNeeded(part(0))).toBe(true)
    expect(guess.isNeeded(part(5_000))).toBe(false)
  })

  it('keeps nothing of a push that nothing repeats', () => {
    const guess = createNudgeGuess()
    const { delivery: _, ...wanted } = part(1).wanted
    guess.learn({ ...part(1), wanted }, fresh)
    expect(guess.isNeeded({ ...part(1), wanted })).toBe(true)
  })
})
