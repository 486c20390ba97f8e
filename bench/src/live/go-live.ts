import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { runCli } from '@slipway/lab'
import type { Bars, BenchOptions } from '../bars.ts'
import { median, say, table } from '../figures.ts'
import type { Live } from './open-live.ts'
import { now, untilItChanges } from './watch-version.ts'

const execute = promisify(execFile)

/** Milliseconds of each round. */
interface Times {
  readonly pull: number[]
  readonly run: number[]
  readonly copy: number[]
  readonly sum: number[]
  readonly live: number[]
  readonly back: number[]
  readonly backFromStart: number[]
  /** By the name of the step. */
  readonly steps: Record<string, number[]>
  readonly backSteps: Record<string, number[]>
}

/** From the webhook to the first answer of the new version, against what cannot be left out; then back by command. */
export async function goLive(live: Live, bars: Bars, { quick }: BenchOptions): Promise<void> {
  const rounds = quick ? 1 : 5
  const times: Times = {
    ...{ pull: [], run: [], copy: [], sum: [], live: [], back: [], backFromStart: [] },
    ...{ steps: {}, backSteps: {} },
  }
  for (const project of ['alone', 'site'] as const) {
    await live.push(project, 'v0')
    await live.host.deploy(project, 'v0')
  }
  // Like every site that was deployed before: the release to go back to is there.
  let served = 'v0'
  for (let round = 1; round <= rounds; round += 1) {
    say(`round ${round} of ${rounds}`)
    await floorOf(live, `floor-${round}`, times)
    served = await forward(live, `v${round}`, served, times)
    served = await back(live, served, times)
  }
  report(times, rounds)
  bars.atMost('webhook to first new answer, of the sum', median(times.live) / median(times.sum), 1.5)
  bars.atMost('rollback, accepted to first old answer', median(times.back), 1_000, ' ms')
}

async function floorOf(live: Live, version: string, times: Times): Promise<void> {
  await live.push('alone', version)
  const image = `${live.host.registry.host}/bench/alone:${version}`
  await execute('sync')
  const pull = await clock(() => execute('docker', ['pull', '--quiet', image]))
  const run = await clock(() => execute('docker', ['run', '--rm', '--network', 'none', image, 'true']))
  const { steps } = await live.host.deploy('alone', version)
  const copy = steps.copy ?? Number.NaN
  times.pull.push(pull)
  times.run.push(run)
  times.copy.push(copy)
  times.sum.push(pull + run + copy)
}

async function forward(live: Live, version: string, served: string, times: Times): Promise<string> {
  const digest = await live.push('site', version)
  await execute('sync')
  const seen = untilItChanges(live.url, served)
  const begun = now()
  await live.announce(version, digest)
  const changed = await seen
  if (changed.version !== version) throw new Error(`${changed.version} answered, not ${version}`)
  times.live.push(changed.at - begun)
  note(times.steps, (await live.ended()).steps)
  return version
}

async function back(live: Live, served: string, times: Times): Promise<string> {
  await execute('sync')
  const seen = untilItChanges(live.url, served)
  const begun = now()
  const [changed] = await Promise.all([seen, rollBack(live)])
  times.backFromStart.push(changed.at - begun)
  const { accepted = '{}' } = await live.host.newest('site')
  times.back.push(changed.at - JSON.parse(accepted).acceptedAt)
  note(times.backSteps, (await live.ended()).steps)
  return changed.version
}

/** By the operator's command, to its end. */
export async function rollBack({ host: { configFile } }: Live): Promise<void> {
  const { code, stdout, stderr } = await runCli(['rollback', 'site', '--wait'], { configFile })
  if (code !== 0) throw new Error(`the rollback failed:\n${stdout}${stderr}`)
}

async function clock(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now()
  await work()
  return performance.now() - begun
}

function note(steps: Record<string, number[]>, taken: Readonly<Record<string, number>>): void {
  for (const [step, milliseconds] of Object.entries(taken)) {
    steps[step] ??= []
    steps[step].push(milliseconds)
  }
}

function report(times: Times, rounds: number): void {
  const row = (name: string, values: readonly number[]) => [
    name,
    median(values).toFixed(0),
    `${Math.min(...values).toFixed(0)} - ${Math.max(...values).toFixed(0)}`,
  ]
  const stepsOf = (steps: Times['steps']) =>
    Object.entries(steps).map(([name, values]) => row(`  ${name}`, values))
  say(
    `\n${table([
      [`median of ${rounds}`, 'ms', 'from - to'],
      row('docker pull of the changed layer', times.pull),
      row('docker run --rm of the migration', times.run),
      row('copy by layers alone', times.copy),
      row('the sum', times.sum),
      row('webhook sent to first new answer', times.live),
      ...stepsOf(times.steps),
      row('rollback: accepted to first old answer', times.back),
      row('rollback: command started to first old answer', times.backFromStart),
      ...stepsOf(times.backSteps),
    ])}`,
  )
}
