import { asSlipwayError, type Migration, type Release, SlipwayError } from '@slipway/core'
import { endEarly, environmentOf, oneOffSpec, tellOutput } from './one-off.ts'
import type { DeployRun, Run } from './run.ts'

type Before = NonNullable<Migration['before']>

const prefix = '[migrate] before'
const lookAgain = 1_000
const findDeadline = 30_000

/**
 * Runs what is configured for before the migration, a backup of the database as a rule. It can be repeated: after a
 * crash it is simply run again.
 * @throws SlipwayError BACKUP_FAILED when it failed or took too long; ENGINE_UNAVAILABLE
 */
export async function runBefore(
  run: DeployRun,
  release: Release,
  migration: Migration,
  signal: AbortSignal,
): Promise<void> {
  const { before } = migration
  if (!before) return
  run.report.line(`${prefix}: ${before.command[0]}${before.container ? ` in ${before.container}` : ''}`)
  const late = AbortSignal.timeout(before.timeout)
  const limited = AbortSignal.any([signal, late])
  let exitCode: number
  try {
    exitCode = before.container
      ? await inContainer(run, { ...before, container: before.container }, limited)
      : await inNewImage(run, release, migration, before, limited)
  } catch (cause) {
    if (signal.aborted) throw cause
    if (late.aborted) throw failed(`took longer than ${before.timeout} ms`, cause)
    const error = asSlipwayError(cause)
    throw error.code === 'ENGINE_FAILED' ? failed(`could not be run: ${error.message}`, cause) : cause
  }
  if (exitCode !== 0) throw failed(`ended with exit code ${exitCode}`)
  run.report.line(`${prefix}: done`)
}

/** Ends what a dead worker, or this one, left of it in a container of its own. */
export async function endBefore({ engine, site, report }: Run): Promise<void> {
  try {
    const found = await engine.findContainer(beforeContainer(site.name), AbortSignal.timeout(findDeadline))
    if (found) await endEarly(engine, found.id)
  } catch (error) {
    report.line(`${prefix}: what is left of it could not be ended: ${asSlipwayError(error).message}`)
  }
}

export function beforeContainer(project: string): string {
  return `slipway-before-${project}`
}

async function inNewImage(
  run: DeployRun,
  release: Release,
  migration: Migration,
  { command }: Before,
  signal: AbortSignal,
): Promise<number> {
  const { engine, site } = run
  const environment = await environmentOf(run, migration)
  const what = { name: beforeContainer(site.name), role: 'before', command, environment } as const
  try {
    const id = await engine.runContainer(oneOffSpec(run, release, migration, what), signal)
    await engine.followOutput(id, tellOutput(run, prefix, environment), signal)
    return await engine.waitForExit(id, signal)
  } finally {
    // However it ended. Unlike a migration it may be cut off: what it wrote is not used then.
    await endBefore(run)
  }
}

async function inContainer(
  run: DeployRun,
  what: Before & { readonly container: string },
  signal: AbortSignal,
): Promise<number> {
  const { commands, timer, report } = run
  if (await commands.isRunning(what, signal))
    report.line(`${prefix}: an earlier run left it running in ${what.container}; it is waited for`)
  while (await commands.isRunning(what, signal)) await timer.sleep(lookAgain, signal)
  try {
    return await commands.run(what, tellOutput(run, prefix, []), signal)
  } catch (error) {
    if (signal.aborted) report.line(`${prefix}: it may go on in ${what.container}: an engine cannot end it`)
    throw error
  }
}

function failed(how: string, cause?: unknown): SlipwayError {
  return new SlipwayError(
    'BACKUP_FAILED',
    `What is run before the migration ${how}; the migration was not begun.`,
    { cause },
  )
}
