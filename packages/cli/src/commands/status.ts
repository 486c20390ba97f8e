import { parseArgs } from 'node:util'
import { requireConfig } from '@slipway/config-file'
import { type Config, hostsOf, type Project, type Verification } from '@slipway/core'
import {
  askRedis,
  createDriftStore,
  heldFreezes,
  knownReleases,
  type ProjectReport,
  pollRecord,
  recentDeployments,
  reportOn,
  reportOnAll,
} from '@slipway/store'
import type { Command, CommandContext } from '../command.ts'
import { configOption, configPath } from '../config-path.ts'
import { exitCodes } from '../exit-codes.ts'
import { findProject } from '../find-project.ts'
import { openRedis, type RedisConnection } from '../open-redis.ts'
import { pollLines } from '../poll-lines.ts'
import { entriesOf, overviewLines, projectLines } from '../project-status.ts'
import { UsageError } from '../usage-error.ts'
import { driftLine } from '../verification-lines.ts'

/** Milliseconds for a thousand projects on a busy Redis. */
const patience = 20_000

export const status: Command = {
  name: 'status',
  summary: 'show what is live, what came of the last deploys and what holds them back',
  help: `usage: slipway status [PROJECT] [--json] [--config FILE]

Without PROJECT the last deployment of every project on every host, with PROJECT its newest rollout, if it has several
hosts, its last deployments, how its registry is polled and the releases that can be gone back to. Both say who froze
what, and which maintenance window is closed until when.
  --json   the same as JSON`,

  async run(args, { environment, clock, out }) {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { ...configOption, json: { type: 'boolean', default: false } },
      allowPositionals: true,
    })
    const [name, ...further] = positionals
    if (further.length > 0) throw new UsageError('give one project, or none for all.')
    const config = await requireConfig(configPath(values.config, environment))
    const project = name === undefined ? null : { name, ...findProject(config, name) }

    const redis = await openRedis(config, environment)
    try {
      const { lines, json } = project
        ? await showOne(redis, clock, project)
        : await showAll(redis, clock, config)
      for (const line of values.json ? [JSON.stringify(json, null, 2)] : lines) out(line)
      return exitCodes.ok
    } finally {
      redis.disconnect()
    }
  },
}

interface Shown {
  readonly lines: readonly string[]
  readonly json: unknown
}

type Clock = CommandContext['clock']

async function showAll(redis: RedisConnection, clock: Clock, config: Config): Promise<Shown> {
  const hosts = hostsOf(config)
  const freezes = await askRedis(heldFreezes(redis, hosts, clock.now()))
  const reports = await askRedis(reportOnAll({ redis, clock, freezes }, config.projects), patience)
  return { lines: overviewLines(reports, freezes, hosts), json: entriesOf(reports) }
}

async function showOne(
  redis: RedisConnection,
  clock: Clock,
  { name, ...project }: Project & { readonly name: string },
): Promise<Shown> {
  const freezes = await askRedis(heldFreezes(redis, project.hosts, clock.now()))
  const report = await askRedis(reportOn({ redis, clock, freezes }, name, project))
  const deployments = await askRedis(recentDeployments(redis, name, project))
  const releases = await askRedis(knownReleases(redis, name, project))
  const drifts = await askRedis(driftOf(redis, name, report))
  const polled = await askRedis(pollRecord(redis, name, project))
  return {
    lines: [
      ...drifts.map(driftLine),
      ...pollLines(project, polled),
      ...projectLines(report, freezes, deployments, releases),
    ],
    json: { ...report, deployments, releases, drifts, polled },
  }
}

/** What the last looks found that is still about what is live. */
async function driftOf(
  redis: RedisConnection,
  name: string,
  { hosts }: ProjectReport,
): Promise<Verification[]> {
  const found = await Promise.all(
    hosts.map(async ({ host, live }) => {
      const last = await createDriftStore(redis, host).last(name)
      return last?.outcome === 'drift' && last.report?.release === live?.release ? [last] : []
    }),
  )
  return found.flat()
}
