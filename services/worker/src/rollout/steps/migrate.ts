import { asSlipwayError, createRedactor, type Migration, type Release, SlipwayError } from '@slipway/core'
import type { ContainerFacts } from '../../ports/container-engine.ts'
import type { DeployRun, Run } from '../run.ts'
import { secretValues } from '../secret-values.ts'

const stopGrace = 10_000
const longestLine = 2_000
// More than anybody reads; a migration that prints for ever must not fill Redis.
const mostLines = 1_000

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
  const name = migrationContainer(run.site.name)
  const orphan = await run.engine.findContainer(name, signal)
  const adopted = orphan && (await endOrphan(run, orphan, release, migration, signal))
  const id = adopted ? orphan.id : await runNew(run, name, release, migration, signal)
  const migrated = { ...release, migratedAt: run.timer.now() }
  await run.site.releases.saveRelease(migrated)
  // Not before: who comes after a crash has to find the container or the record, or would migrate once more.
  await run.engine.removeContainer(id, signal)
  return migrated
}

/** One migration of a project at a time on a host: the engine refuses a name that is taken. */
export function migrationContainer(project: string): string {
  return `slipway-migrate-${project}`
}

/**
 * Ends the migration that a dead worker left of a deployment that is taken back; one of another deployment goes on. The
 * deployment has its end already, so what cannot be done here is only told.
 */
export async function endMigrationOf({ engine, site, report }: Run, deployment: string): Promise<void> {
  try {
    const found = await engine.findContainer(migrationContainer(site.name), AbortSignal.timeout(stopGrace))
    if (!found) return
    const own = (await site.releases.releases()).filter((release) => release.deployment === deployment)
    if (!own.some(({ name }) => name === found.release)) return
    report.line('[migrate] an earlier run left a migration of this release running; it is ended')
    await endEarly(engine, found.id)
  } catch (error) {
    report.line(`[migrate] what an earlier run left could not be ended: ${asSlipwayError(error).message}`)
  }
}

async function runNew(
  run: DeployRun,
  name: string,
  release: Release,
  migration: Migration,
  signal: AbortSignal,
): Promise<string> {
  const { site, want, engine } = run
  const environment = await environmentOf(run, migration)
  const id = await engine.runContainer(
    {
      name,
      image: site.config.image,
      digest: release.digest,
      purpose: { project: site.name, role: 'migrate', release: release.name, deployment: want.deployment },
      command: migration.command,
      environment,
      network: migration.network,
      user: migration.user,
    },
    signal,
  )
  const exitCode = await waitForEnd(run, id, migration, secretValues(environment), signal)
  await requireSuccess(run, id, exitCode, signal)
  return id
}

async function endOrphan(
  run: DeployRun,
  orphan: ContainerFacts,
  release: Release,
  migration: Migration,
  signal: AbortSignal,
): Promise<boolean> {
  if (orphan.state === 'created') {
    await run.engine.removeContainer(orphan.id, signal)
    return false
  }
  if (orphan.state === 'running' && migration.orphan === 'end') {
    run.report.line(`[migrate] an earlier run left a migration of ${orphan.release} running; it is ended`)
    await endEarly(run.engine, orphan.id)
    return false
  }
  const own = orphan.release === release.name
  run.report.line(
    `[migrate] an earlier run left a migration ${own ? 'of this release' : `of ${orphan.release}`} behind`,
  )
  const secrets = secretValues(await environmentOf(run, migration))
  const exitCode = await waitForEnd(run, orphan.id, migration, secrets, signal)
  if (own) await requireSuccess(run, orphan.id, exitCode, signal)
  else await run.engine.removeContainer(orphan.id, signal)
  return own
}

async function waitForEnd(
  { engine, report, cancel }: DeployRun,
  id: string,
  migration: Migration,
  secrets: readonly string[],
  signal: AbortSignal,
): Promise<number> {
  const redact = createRedactor(secrets)
  const late = AbortSignal.timeout(migration.timeout)
  const limited = AbortSignal.any([signal, late])
  let lines = 0
  const onLine = (line: string) => {
    lines += 1
    if (lines <= mostLines) report.line(`[migrate] | ${redact(line).slice(0, longestLine)}`)
    if (lines === mostLines + 1) report.line('[migrate] | (more output is left out)')
  }
  try {
    await engine.followOutput(id, onLine, limited)
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

async function endEarly(engine: DeployRun['engine'], id: string): Promise<void> {
  const limit = AbortSignal.timeout(stopGrace * 3)
  await engine.stopContainer(id, stopGrace, limit)
  await engine.removeContainer(id, limit)
}

async function environmentOf(run: DeployRun, { env_file: file }: Migration): Promise<string[]> {
  return file === undefined ? [] : run.readEnvironment(file)
}

// A failed one does not stay: whoever mends the database and tries again means a new one.
async function requireSuccess(
  { engine }: Run,
  id: string,
  exitCode: number,
  signal: AbortSignal,
): Promise<void> {
  if (exitCode === 0) return
  await engine.removeContainer(id, signal)
  throw new SlipwayError(
    'MIGRATION_FAILED',
    `The migration ended with exit code ${exitCode}; the live release was not touched.`,
    {
      details: { exitCode },
    },
  )
}
