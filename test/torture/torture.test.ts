import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { isGood, type TortureReport, torture } from './torture.ts'

// The short form of `npm run torture`: real deploys of small images, while everything around them breaks.
const duration = 40_000
const seed = 20_261_124
let folder: string
let report: TortureReport

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-torture-'))
  const logFile = join(folder, 'events.jsonl')
  report = await torture({ duration, seed, projects: 5, workers: 3, logFile, say: () => {} })
}, 400_000)
afterAll(() => rm(folder, { recursive: true, force: true }))

it('breaks things and deploys all the same', () => {
  expect(report.accepted).toBeGreaterThan(20)
  expect(report.switches).toBeGreaterThan(5)
  expect(report.kills).toBeGreaterThan(0)
  expect(Object.values(report.faults).filter((count) => count > 0).length).toBeGreaterThan(4)
})

it('never runs a project twice at once', () => {
  expect(report.overlaps).toEqual([])
})

it('never puts something older in the place of something newer, and never nothing', () => {
  expect(report.backward).toEqual([])
  expect(report.badLooks).toEqual([])
})

it('accounts for every accepted push, and has the newest live in the end', () => {
  expect(report.unaccounted).toEqual([])
  expect(report.notNewest).toEqual([])
  expect(isGood(report)).toBe(true)
})
