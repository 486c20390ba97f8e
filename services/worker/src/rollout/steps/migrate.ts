import { createRedactor, type Migration, type Release, SlipwayError } from '@slipway/core'
import type { ContainerFacts } from '../../ports/container-engine.ts'
import type { DeployRun } from '../run.ts'
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
  if (!adopted) await runNew(run, name, release, migration, signal)
  const migrated = { ...release, migratedAt: run.timer.now() }
  await run.site.releases.saveRelease(migrated)
  return migrated
}

/** One migration of a project at a time on a host: the engine refuses a name that is taken. */
export function migrationContainer(project: string): string {
  return `slipway-migrate-${project}`
}

async function runNew(
  run: DeployRun,
  name: string,
  release: Release,
  migration: Migration,
  signal: AbortSignal,
): Promise<void> {
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
  requireSuccess(await waitForEnd(run, id, migration, secretValues(environment), signal))
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
  const own = orphan.release === release.name
  run.report.line(
    `[migrate] an earlier run left a migration ${own ? 'of this release' : `of ${orphan.release}`} behind`,
  )
  const secrets = secretValues(await environmentOf(run, migration))
  const exitCode = await waitForEnd(run, orphan.id, migration, secrets, signal)
  if (own) requireSuccess(exitCode)
  return own
}

async function waitForEnd(
  { engine, report }: DeployRun,
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
    const exitCode = await engine.waitForExit(id, limited)
    await engine.removeContainer(id, signal)
    return exitCode
  } catch (cause) {
    // Only its own deadline ends a migration. When this run has to stop for another reason the migration goes on: the
    // next run finds it by its name, and a database cut off half-way is worse than one that is waited for.
    if (!late.aborted || signal.aborted) throw cause
    await endLate(engine, id)
    throw new SlipwayError(
      'MIGRATION_TIMEOUT',
      `The migration ran longer than ${migration.timeout} ms and was ended.`,
      { cause },
    )
  }
}

async function endLate(engine: DeployRun['engine'], id: string): Promise<void> {
  const limit = AbortSignal.timeout(stopGrace * 3)
  await engine.stopContainer(id, stopGrace, limit)
  await engine.removeContainer(id, limit)
}

async function environmentOf(run: DeployRun, { env_file: file }: Migration): Promise<string[]> {
  return file === undefined ? [] : run.readEnvironment(file)
}

function requireSuccess(exitCode: number): void {
  if (exitCode === 0) return
  throw new SlipwayError(
    'MIGRATION_FAILED',
    `The migration ended with exit code ${exitCode}; the live release was not touched.`,
    {
      details: { exitCode },
    },
  )
}
