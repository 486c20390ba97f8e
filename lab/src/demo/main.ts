import { rm } from 'node:fs/promises'
import { ensureMachine } from '../machine.ts'
import type { LabProcess } from '../process.ts'
import { sweepLeftovers, sweepThisRun } from '../sweep.ts'
import { type Finding, firstVersion, secondVersion, thirdVersion } from './acts.ts'
import { makeDemoFolder, sweepDemoFolders } from './folder.ts'
import { farewell, invitation } from './invitation.ts'
import { type Stage, setStage } from './stage.ts'

const begin = performance.now()
const shownLogLines = 15

process.exitCode = await main(process.argv.slice(2))

async function main(args: readonly string[]): Promise<number> {
  const unknown = args.filter((arg) => arg !== '--exit')
  if (unknown.length > 0) {
    say(`unknown: ${unknown.join(' ')}; the one option is --exit: check each thing, then leave`)
    return 64
  }
  const stopAsked = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (!stopAsked.signal.aborted) say(`${signal}: stopping and removing what was started`)
      stopAsked.abort()
    })
  }
  return play(args.includes('--exit'), stopAsked.signal)
}

/** Everything from the first part to the last removal; gives the exit code. */
async function play(leaves: boolean, signal: AbortSignal): Promise<number> {
  const services: LabProcess[] = []
  let code = 1
  let removeCache = ''
  try {
    await using stops = new AsyncDisposableStack()
    const folder = await makeDemoFolder()
    stops.defer(() => rm(folder, { recursive: true, force: true }))
    const machine = await ensureMachine({ stateDir: folder, needs: ['redis'], say, signal })
    if (!machine.ok) {
      say(`the demo needs a Docker engine: ${machine.why}`)
      return 1
    }
    removeCache = machine.removeCache
    stops.defer(() => machine.stop())
    await sweepDemoFolders()
    await sweepLeftovers()
    // Last but the engine: what the worker left of the images that were deployed goes too.
    stops.defer(async () => void (await sweepThisRun()))

    const onStop = (stop: () => Promise<unknown>) => stops.defer(async () => void (await stop()))
    const stage = await setStage({
      folder,
      say,
      signal,
      onStop,
      onService: (service) => services.push(service),
    })
    const findings = await perform(stage, signal)
    code = findings.every(({ holds }) => holds) ? 0 : 1
    if (!leaves) {
      process.stdout.write(invitation(stage))
      await aborted(signal)
    }
  } catch (cause) {
    if (!signal.aborted) {
      code = 1
      showFailure(cause, services)
    } else if (leaves) {
      code = 130
    }
  }
  say(farewell(removeCache))
  return code
}

async function perform(stage: Stage, signal: AbortSignal): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const act of [firstVersion, secondVersion, thirdVersion]) {
    findings.push(...(await act(stage, { say, signal })))
  }
  for (const { says, holds } of findings) say(`${holds ? 'ok  ' : 'FAIL'} ${says}`)
  return findings
}

function aborted(signal: AbortSignal): Promise<void> {
  // A pending promise alone does not keep the process up.
  const keepUp = setInterval(() => undefined, 60_000)
  return new Promise<void>((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  }).finally(() => clearInterval(keepUp))
}

function showFailure(cause: unknown, services: readonly LabProcess[]): void {
  for (const { name, lines } of services) {
    say(`last lines of ${name}:\n${lines().slice(-shownLogLines).join('\n')}`)
  }
  for (let error = cause; error instanceof Error; error = error.cause) say(`failed: ${error.message}`)
}

function say(line: string): void {
  const seconds = ((performance.now() - begin) / 1000).toFixed(1).padStart(6)
  process.stdout.write(`${seconds}s ${line}\n`)
}
