import { beforeAll, expect, it } from 'vitest'
import { isFlat, type SoakReport, soak } from './soak.ts'

// The short form of `npm run soak`: a dozen real deploys, of which some fail their check and some are regretted.
let report: SoakReport

beforeAll(async () => {
  report = await soak({ deploys: 12, warm: 6, every: 6, period: 6, keep: 2, say: () => {} })
}, 120_000)

it('deploys, fails and goes back as it has to', () => {
  expect(report.surprises).toEqual([])
  expect(report.outcomes).toEqual({ live: 13, 'rolled-back': 2 })
})

it('leaves nothing behind that grows', () => {
  expect(report.grown).toEqual([])
  expect(isFlat(report)).toBe(true)
})

it('has no container, no temporary file and no job at rest', () => {
  const { figures } = report.end
  expect(figures.containers).toBe(0)
  expect(figures['temporary files of services']).toBe(0)
  expect(figures['unfinished in the release root']).toBe(0)
  expect(figures['jobs that wait or run']).toBe(0)
})
