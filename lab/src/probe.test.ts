import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { childEnvironment } from './environment.ts'
import { poll } from './poll.ts'
import { createProbe, idleProgram, type Probe } from './probe.ts'
import { processFigures } from './proc.ts'
import { type LabProcess, startProcess } from './process.ts'

let folder: string
let probe: Probe
const running: LabProcess[] = []
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-probe-'))
})
beforeEach(({ task }) => {
  probe = createProbe(join(folder, `${task.id}.jsonl`))
})
afterAll(async () => {
  for (const process of running) await process.stop()
  await rm(folder, { recursive: true, force: true })
})

async function start(...args: readonly string[]): Promise<LabProcess> {
  const [program = '', ...idle] = idleProgram
  const env = childEnvironment(probe.env)
  const started = await startProcess({ name: 'probed', program, args: args.length > 0 ? args : idle, env })
  running.push(started)
  return started
}

it('sees how long an event loop stood still', async () => {
  const standStill = 'setTimeout(() => { const end = Date.now() + 150; while (Date.now() < end); }, 300);'
  await start('--eval', `${standStill} setInterval(() => {}, 1000)`)

  const longest = await poll(
    async () => (await probe.samples()).map(({ delay }) => delay).find((delay) => delay > 100),
    { what: 'a delay', timeoutMs: 10_000 },
  )

  expect(longest).toBeGreaterThan(140)
})

it('gives what is in use after the garbage was collected', async () => {
  const { pid } = await start()
  await poll(async () => (await probe.samples()).length > 0, { what: 'a sample' })

  const { heap, collected } = await probe.collect(pid)

  expect(collected).toBe(true)
  expect(heap).toBeGreaterThan(1_000_000)
  expect(heap).toBeLessThan(50_000_000)
})

it('reads what the kernel knows of a process', async () => {
  const { pid } = await start()

  const { fds, threads, rss, peakRss } = await poll(
    async () => {
      const figures = await processFigures(pid)
      return figures.threads > 1 && figures
    },
    { what: 'Node to be up' },
  )

  expect(fds).toBeGreaterThan(2)
  expect(threads).toBeGreaterThan(1)
  expect(rss).toBeGreaterThan(1_000_000)
  expect(peakRss).toBeGreaterThanOrEqual(rss)
})
