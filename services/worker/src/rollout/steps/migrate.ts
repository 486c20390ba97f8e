import { asSlipwayError, type Migration, type Release, SlipwayError } from '@slipway/core'
import type { ContainerFacts } from '../../ports/container-engine.ts'
import { beforeContainer, endBefore, runBefore } from '../before.ts'
import { liftMaintenance, showMaintenance } from '../maintenance.ts'
import { endEarly, environmentOf, oneOffSpec, stopGrace, tellOutput } from '../one-off.ts'
import type { DeployRun, Run } from '../run.ts'

const engineTime = 300_000

/**
 * Runs the migration in a container of the new image. There is no way back from here in the database, so everything
 * that can fail without touching it has happened before. The name of the container makes a second one impossible: what
 * a dead worker left running is waited for, and its end counts when it was for this very release.
 */
export async function runMigration(
  run: DeployRun,
  release: Release,
  migration: Migration,
  signal: AbortSignal,
): Promise<Release> {
  if (release.migratedAt !== null) {
    run.report.line('[migrate] an earlier run completed the migration of this release')
    return release
  }
  if (migration.maintenance) await showMaintenance(run)
  await endBefore(run)
  const adopted = await adoptOrphan(run, release, migration, signal)
  // Who finds a migration of this release finds one that began when this was done.
  if (!adopted) await prepare(run, release, migration, signal)
  const id = await runToSuccess(run, adopted, release, migration, signal)
  const migrated = { ...release, migratedAt: run.timer.now() }
  await run.site.releases.saveRelease(migrated)
  // Not before: who comes after a crash has to find the container or the record, or would migrate once more.
  await run.engine.removeContainer(id, signal)
  return migrated
}

/** How long the step may take in all: an orphan may take as long as a migration itself; the rest is for the engine. */
export function migrationDeadline({ timeout, retries, before }: Migration): number {
  return (2 + retries) * timeout + (before?.timeout ?? 0) + engineTime
}

/** One migration of a project at a time on a host: the engine refuses a name that is taken. */
export function migrationContainer(project: string): string {
  return `slipway-migrate-${project}`
}

/**
 * Ends what a dead worker left of the migration of a deployment that is taken back; that of another deployment goes on.
 * The deployment has its end already, so what cannot be done here is only told.
 */
export async function endMigrationOf({ engine, site, report }: Run, deployment: string): Promise<void> {
  try {
    const all = await site.releases.releases()
    const own = new Set(all.filter((release) => release.deployment === deployment).map(({ name }) => name))
    for (const name of [beforeContainer(site.name), migrationContainer(site.name)]) {
      const found = await engine.findContainer(name, AbortSignal.timeout(stopGrace))
      if (!found || !own.has(found.release)) continue
      report.line('[migrate] an earlier run left a migration of this release running; it is ended')
      await endEarly(engine, found.id)
    }
  } catch (error) {
    report.line(`[migrate] what an earlier run left could not be ended: ${asSlipwayError(error).message}`)
  }
}

async function prepare(
  run: DeployRun,
  release: Release,
  migration: Migration,
  signal: AbortSignal,
): Promise<void> {
  try {
    await runBefore(run, release, migration, signal)
  } catch (error) {
    // Also when this run has to stop: the database is what the live release expects.
    await liftMaintenance(run)
    throw error
  }
}

/** Runs it until it ends well, or as often as is configured: a database half migrated is not touched unasked. */
async function runToSuccess(
  run: DeployRun,
  adopted: ContainerFacts | null,
  release: Release,
  migration: Migration,
  signal: AbortSignal,
): Promise<string> {
  const tries = migration.retries + 1
  const environment = await environmentOf(run, migration)
  for (let count = 1; ; count += 1) {
    const id = count === 1 && adopted ? adopted.id : await start(run, release, migration, environment, signal)
    const exitCode = await waitForEnd(run, id, migration, environment, signal)
    if (exitCode === 0) return id
    // A failed one does not stay: whoever mends the database and tries again means a new one.
    await run.engine.removeContainer(id, signal)
    if (count === tries) throw failed(exitCode, count)
    run.report.line(`[migrate] ended with exit code ${exitCode}; try ${count + 1} of ${tries} begins`)
  }
}

function start(
  run: DeployRun,
  release: Release,
  migration: Migration,
  environment: readonly string[],
  signal: AbortSignal,
): Promise<string> {
  const { command } = migration
  const what = { name: migrationContainer(run.site.name), role: 'migrate', command, environment } as const
  return run.engine.runContainer(oneOffSpec(run, release, migration, what), signal)
}

/** The migration of this very release that a dead worker left; any other is seen to its end and removed. */
async function adoptOrphan(
  run: DeployRun,
  release: Release,
  migration: Migration,
  signal: AbortSignal,
): Promise<ContainerFacts | null> {
  const { engine, site, report } = run
  const orphan = await engine.findContainer(migrationContainer(site.name), signal)
  if (!orphan) return null
  if (orphan.state === 'created') {
    await engine.removeContainer(orphan.id, signal)
    return null
  }
  if (orphan.state === 'running' && migration.orphan === 'end') {
    report.line(`[migrate] an earlier run left a migration of ${orphan.release} running; it is ended`)
    await endEarly(engine, orphan.id)
    return null
  }
  const own = orphan.release === release.name
  report.line(
    `[migrate] an earlier run left a migration ${own ? 'of this release' : `of ${orphan.release}`} behind`,
  )
  if (own) return orphan
  await waitForEnd(run, orphan.id, migration, await environmentOf(run, migration), signal)
  await engine.removeContainer(orphan.id, signal)
  return null
}

async function waitForEnd(
  run: DeployRun,
  id: string,
  migration: Migration,
  environment: readonly string[],
  signal: AbortSignal,
): Promise<number> {
  const { engine, cancel } = run
  const late = AbortSignal.timeout(migration.timeout)
  const limited = AbortSignal.any([signal, late])
  try {
    await engine.followOutput(id, tellOutput(run, '[migrate]', environment), limited)
    return await engine.waitForExit(id, limited)
  } catch (cause) {
    // Its own deadline ends a migration, or a person. When this run has to stop for another reason the migration goes
    // on: the next run finds it by its name, and a database cut off half-way is worse than one that is waited for.
    if (cancel.aborted) await endEarly(engine, id)
    if (!late.aborted || signal.aborted) throw cause
    await endEarly(engine, id)
    throw new SlipwayError(
      'MIGRATION_TIMEOUT',
      `The migration ran longer than ${migration.timeout} ms and was ended.`,
      { cause },
    )
  }
}

function failed(exitCode: number, tries: number): SlipwayError {
  const how = tries === 1 ? '' : ` in each of ${tries} tries, the last time`
  return new SlipwayError(
    'MIGRATION_FAILED',
    `The migration ended${how} with exit code ${exitCode}; the live release was not touched.`,
    { details: { exitCode } },
  )
}
