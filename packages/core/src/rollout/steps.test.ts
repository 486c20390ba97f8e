import { describe, expect, it } from 'vitest'
import { isOutcome, outcomes, steps } from './steps.ts'

describe('steps and outcomes', () => {
  it('walks everything that can fail without the database before the migration, and that before the switch', () => {
    expect(steps).toEqual(['resolve', 'pull', 'copy', 'link', 'migrate', 'switch', 'reload', 'check'])
  })

  it('tells an end from what is under way', () => {
    expect(outcomes.every(isOutcome)).toBe(true)
    expect(['queued', 'roll-back', ...steps].some(isOutcome)).toBe(false)
  })
})
