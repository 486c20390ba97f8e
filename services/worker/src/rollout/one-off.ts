import { createRedactor, type Migration, type Release } from '@slipway/core'
import type { ContainerEngine, ContainerPurpose, ContainerSpec } from '../ports/container-engine.ts'
import { secretValues } from '../secret-values.ts'
import type { DeployRun, Run } from './run.ts'

/** Milliseconds that a container has to end by itself when it is stopped. */
export const stopGrace = 10_000
const longestLine = 2_000
// More than anybody reads; what prints for ever must not fill Redis.
const mostLines = 1_000

/** What is run once in a container of the new image. */
export interface OneOff {
  readonly name: string
  readonly role: ContainerPurpose['role']
  readonly command: readonly string[] | undefined
  readonly environment: readonly string[]
}

/** The container of a migration, or of what is run before it: the same in all but name, role and command. */
export function oneOffSpec(
  { site, want }: DeployRun,
  release: Release,
  migration: Migration,
  { name, role, command, environment }: OneOff,
): ContainerSpec {
  const { network, user, memory, cpus, pids } = migration
  return {
    name,
    image: site.config.image,
    digest: release.digest,
    purpose: { project: site.name, role, release: release.name, deployment: want.deployment },
    command,
    environment,
    network,
    user,
    memory,
    cpus,
    pids,
  }
}

/** `NAME=value` lines: those of the configuration, and over them those of the file. */
export async function environmentOf(
  { readEnvironment }: Run,
  { env, env_file: file }: Migration,
): Promise<string[]> {
  const configured = Object.entries(env).map(([name, value]) => `${name}=${value}`)
  if (file === undefined) return configured
  const read = await readEnvironment(file)
  const names = new Set(read.map(nameIn))
  return [...configured.filter((line) => !names.has(nameIn(line))), ...read]
}

function nameIn(line: string): string {
  return line.slice(0, line.indexOf('='))
}

/** Tells output line by line, without the secrets of the environment, and no more of it than fits a log. */
export function tellOutput(
  { report }: Pick<Run, 'report'>,
  prefix: string,
  environment: readonly string[],
): (line: string) => void {
  const redact = createRedactor(secretValues(environment))
  let lines = 0
  return (line) => {
    lines += 1
    if (lines <= mostLines) report.line(`${prefix} | ${redact(line).slice(0, longestLine)}`)
    if (lines === mostLines + 1) report.line(`${prefix} | (more output is left out)`)
  }
}

/** Stops a container, kills it when it does not end, and removes it. */
export async function endEarly(engine: ContainerEngine, id: string): Promise<void> {
  const limit = AbortSignal.timeout(stopGrace * 3)
  await engine.stopContainer(id, stopGrace, limit)
  await engine.removeContainer(id, limit)
}
