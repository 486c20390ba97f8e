import { parseArgs } from 'node:util'
import { requireConfig } from '@slipway/config-file'
import { hostsOf } from '@slipway/core'
import { createDeploymentReader } from '@slipway/store'
import type { Command } from '../command.ts'
import { configOption, configPath } from '../config-path.ts'
import { exitCodes } from '../exit-codes.ts'
import { openRedis } from '../open-redis.ts'
import { UsageError } from '../usage-error.ts'

export const logs: Command = {
  name: 'logs',
  summary: 'print the log of a deployment',
  help: `usage: slipway logs DEPLOYMENT [--config FILE]

  DEPLOYMENT   its id, as \`slipway deploy\`, \`slipway status PROJECT\` and the answer to a webhook give it`,

  async run(args, { environment, out, say }) {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: configOption,
      allowPositionals: true,
    })
    const [id, ...further] = positionals
    if (!id || further.length > 0) throw new UsageError('give the id of one deployment.')
    const config = await requireConfig(configPath(values.config, environment))

    const redis = await openRedis(config, environment)
    try {
      for (const host of hostsOf(config)) {
        const reader = createDeploymentReader(redis, host)
        const deployment = await reader.deployment(id)
        if (!deployment) continue
        for (const line of await reader.log(id)) out(line)
        say(`${deployment.project} on ${host}: ${deployment.state}`)
        return exitCodes.ok
      }
    } finally {
      redis.disconnect()
    }
    say(`No host of the configuration knows the deployment "${id}".`)
    return exitCodes.failed
  },
}
