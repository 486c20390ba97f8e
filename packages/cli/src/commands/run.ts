import { parseArgs } from 'node:util'
import { requireConfig } from '@slipway/config-file'
import {
  type Config,
  formatBytes,
  hostsOf,
  type RunAnswer,
  type ScheduleName,
  scheduleNames,
  schedulesOf,
} from '@slipway/core'
import { askRedis } from '@slipway/store'
import { askRun, exitCodeOfRuns, sayFailures } from '../ask-run.ts'
import { chosenHosts } from '../chosen-hosts.ts'
import type { Command } from '../command.ts'
import { configOption, configPath } from '../config-path.ts'
import { exitCodes } from '../exit-codes.ts'
import { readTimeout } from '../read-timeout.ts'
import { UsageError } from '../usage-error.ts'
import { whoAsks } from '../who-asks.ts'
import { withDesk } from '../with-desk.ts'

export const run: Command = {
  name: 'run',
  summary: 'have a job by the clock done now',
  help: `usage: slipway run ${scheduleNames.join('|')} [--host HOST] [--no-wait] [--timeout TIME] [--json] [--config FILE]

The worker of each host does it, also where no schedule is configured for it. What a prune did is shown by \`slipway prune
--last\`; \`slipway prune --dry-run\` shows before what it would do.
  --host HOST      only this host
  --no-wait        ask, and do not wait for the end
  --timeout TIME   how long a worker may take, such as 90s (default: 10m)
  --json           the same as JSON

Exit codes: 0 done on every host, or asked; 1 something needs a person, failed, or was not answered in time.`,

  async run(args, context) {
    const { environment, out } = context
    const { values, positionals } = parseArgs({
      args: [...args],
      options: {
        ...configOption,
        host: { type: 'string' },
        'no-wait': { type: 'boolean', default: false },
        timeout: { type: 'string', default: '10m' },
        json: { type: 'boolean', default: false },
      },
      allowPositionals: true,
    })
    const job = jobOf(positionals)
    const timeout = readTimeout(values.timeout)
    const config = await requireConfig(configPath(values.config, environment))
    const hosts = chosenHosts(hostsWith(config, job), values.host, `the job ${job}`)
    if (hosts.length === 0) throw new UsageError(`no host has anything to do for ${job}.`)

    return withDesk(config, context, async ({ desk }) => {
      if (values['no-wait']) {
        const asked = { by: whoAsks(), isDryRun: false }
        const requests = await Promise.all(
          hosts.map(async (host) => ({ host, request: await askRedis(desk.run(host, job, asked)) })),
        )
        if (values.json) out(JSON.stringify(requests, null, 2))
        else for (const { host, request } of requests) out(`${job} on ${host}: asked (${request})`)
        return exitCodes.ok
      }
      const found = await Promise.all(
        hosts.map((host) => askRun(desk, context, { job, host, isDryRun: false, timeout })),
      )
      if (values.json) out(JSON.stringify(found, null, 2))
      else for (const answer of found) out(lineOf(answer))
      sayFailures(found, context)
      return exitCodeOfRuns(found)
    })
  },
}

function jobOf([name, ...further]: readonly string[]): ScheduleName {
  const job = scheduleNames.find((one) => one === name)
  if (!job || further.length > 0) throw new UsageError(`give one job: ${scheduleNames.join(', ')}.`)
  return job
}

function hostsWith(config: Config, job: ScheduleName): readonly string[] {
  const hosts = hostsOf(config)
  return job === 'poll' ? hosts.filter((host) => schedulesOf(config, host).poll) : hosts
}

function lineOf({ name, host, outcome, milliseconds, prune }: RunAnswer): string {
  const freed = prune ? `, ${formatBytes(prune.freedBytes)} freed` : ''
  return `${name} on ${host}: ${outcome} (${(milliseconds / 1_000).toFixed(1)} s${freed})`
}
