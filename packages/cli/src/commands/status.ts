import { parseArgs } from 'node:util'
import { requireConfig } from '@slipway/config-file'
import type { Config, Deployment } from '@slipway/core'
import { createDeploymentReader } from '@slipway/store'
import type { Command } from '../command.ts'
import { configOption, configPath } from '../config-path.ts'
import { exitCodes } from '../exit-codes.ts'
import { findProject } from '../find-project.ts'
import { openRedis, type RedisConnection } from '../open-redis.ts'
import { historyTable, overviewTable, type ProjectStatus, statusOf } from '../project-status.ts'
import { UsageError } from '../usage-error.ts'

const remembered = 10

export const status: Command = {
  name: 'status',
  summary: 'show what is live and what came of the last deploys',
  help: `usage: slipway status [PROJECT] [--json] [--config FILE]

Without PROJECT the last deployment of every project on every host, with PROJECT its last ${remembered}.
  --json   the same as JSON`,

  async run(args, { environment, out }) {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { ...configOption, json: { type: 'boolean', default: false } },
      allowPositionals: true,
    })
    if (positionals.length > 1) throw new UsageError('give one project, or none for all.')
    const config = await requireConfig(configPath(values.config, environment))
    const [name] = positionals
    const projects = name ? { [name]: findProject(config, name) } : config.projects

    const redis = await openRedis(config, environment)
    try {
      const all = await Promise.all(places(projects).map((place) => read(redis, place)))
      const shown = name ? historyOf(all) : all
      if (values.json) out(JSON.stringify(shown, null, 2))
      else for (const line of name ? historyTable(historyOf(all)) : overviewTable(all)) out(line)
      return exitCodes.ok
    } finally {
      redis.disconnect()
    }
  },
}

interface Place {
  readonly project: string
  readonly host: string
}

function places(projects: Config['projects']): Place[] {
  return Object.entries(projects).flatMap(([project, { hosts }]) => hosts.map((host) => ({ project, host })))
}

async function read(
  redis: RedisConnection,
  { project, host }: Place,
): Promise<ProjectStatus & { readonly deployments: readonly Deployment[] }> {
  const deployments = await createDeploymentReader(redis, host).deployments(project, remembered)
  return { ...statusOf(project, host, deployments), deployments }
}

function historyOf(all: readonly { readonly deployments: readonly Deployment[] }[]): Deployment[] {
  return all
    .flatMap(({ deployments }) => deployments)
    .toSorted((a, b) => b.seq - a.seq)
    .slice(0, remembered)
}
