import { parseArgs } from 'node:util'
import { requireConfig } from '@slipway/config-file'
import { hostsOf, type PruneRecord } from '@slipway/core'
import { askRedis, createPruneStore } from '@slipway/store'
import { askRun, exitCodeOfRuns, sayFailures } from '../ask-run.ts'
import { chosenHosts } from '../chosen-hosts.ts'
import type { Command } from '../command.ts'
import { configOption, configPath } from '../config-path.ts'
import { exitCodes } from '../exit-codes.ts'
import type { RedisConnection } from '../open-redis.ts'
import { pruneLines, summaryLine } from '../prune-lines.ts'
import { readTimeout } from '../read-timeout.ts'
import { UsageError } from '../usage-error.ts'
import { withDesk } from '../with-desk.ts'

export const prune: Command = {
  name: 'prune',
  summary: 'delete what nobody needs, or show what that would be',
  help: `usage: slipway prune [--dry-run] [--all] [--host HOST] [--timeout TIME] [--json] [--config FILE]
       slipway prune --last|--history [--all] [--host HOST] [--json] [--config FILE]

The worker of each host plans from what is there, from the releases of its projects and from \`prune\` of its configuration, and
deletes thing by thing. What a release needs that can be gone back to, or a container, stays.
  --dry-run        delete nothing: show each thing, whether it would stay, and why
  --all            also what stays
  --last           what the last prune of each host did
  --history        one line for each of the last prunes
  --host HOST      only this host
  --timeout TIME   how long a worker may take, such as 90s (default: 10m)
  --json           the same as JSON

Exit codes: 0 done on every host; 1 something could not be deleted, a host failed, or it did not answer in time.`,

  async run(args, context) {
    const { environment, out } = context
    const { values } = parseArgs({
      args: [...args],
      options: {
        ...configOption,
        'dry-run': { type: 'boolean', default: false },
        all: { type: 'boolean', default: false },
        last: { type: 'boolean', default: false },
        history: { type: 'boolean', default: false },
        host: { type: 'string' },
        timeout: { type: 'string', default: '10m' },
        json: { type: 'boolean', default: false },
      },
    })
    const { all, last, history, json } = values
    const isDryRun = values['dry-run']
    if ([isDryRun, last, history].filter(Boolean).length > 1)
      throw new UsageError('give one of --dry-run, --last and --history.')
    const timeout = readTimeout(values.timeout)
    const config = await requireConfig(configPath(values.config, environment))
    const hosts = chosenHosts(hostsOf(config), values.host, 'the configuration')
    const withKept = all || isDryRun

    return withDesk(config, context, async ({ desk, redis }) => {
      if (last || history) {
        const found = await askRedis(recordsOf(redis, hosts, last ? 1 : undefined))
        if (json) out(JSON.stringify(found, null, 2))
        else if (found.length === 0) out('No prune is remembered.')
        else
          for (const line of found.flatMap(history ? summaryLine : (one) => pruneLines(one, { withKept })))
            out(line)
        return exitCodes.ok
      }
      const asked = hosts.map((host) => askRun(desk, context, { job: 'prune', host, isDryRun, timeout }))
      const found = await Promise.all(asked)
      const records = found.flatMap((answer) => answer.prune ?? [])
      if (json) out(JSON.stringify(found, null, 2))
      else for (const line of records.flatMap((one) => pruneLines(one, { withKept }))) out(line)
      sayFailures(found, context)
      return exitCodeOfRuns(found)
    })
  },
}

/** Of each host in its order, the newest first. */
async function recordsOf(
  redis: RedisConnection,
  hosts: readonly string[],
  count: number | undefined,
): Promise<PruneRecord[]> {
  return (await Promise.all(hosts.map((host) => createPruneStore(redis, host).history(count)))).flat()
}
