import { parseArgs } from 'node:util'
import { requireConfig } from '@slipway/config-file'
import { hostsOf, wentLive } from '@slipway/core'
import { askRedis, createDeploymentReader, heldFreezes } from '@slipway/store'
import type { Command } from '../command.ts'
import { configOption, configPath } from '../config-path.ts'
import { exitCodes } from '../exit-codes.ts'
import { followDeployment } from '../follow-deployment.ts'
import { oneDeployment } from '../one-deployment.ts'
import { sayHeldBack } from '../say-held-back.ts'
import { withControl } from '../with-control.ts'

export const retry: Command = {
  name: 'retry',
  summary: 'take up again a deployment that failed or was cancelled',
  help: `usage: slipway retry DEPLOYMENT [--wait] [--config FILE]

Also one that waits for its next attempt: that begins at once. Only what is still wanted can be tried again: behind a newer
push there is nothing to do, and what failed its check needs a mended image or \`slipway deploy PROJECT --force\`.
  --wait   follow the log until it has ended; the exit code is 0 only when the project is live`,

  async run(args, context) {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { ...configOption, wait: { type: 'boolean', default: false } },
      allowPositionals: true,
    })
    const id = oneDeployment(positionals)
    const config = await requireConfig(configPath(values.config, context.environment))
    const { out, say, clock } = context

    return withControl(config, context, async ({ redis, control }) => {
      const deployment = await askRedis(control.find(id, hostsOf(config)))
      const { host, project } = deployment
      const reader = createDeploymentReader(redis, host)
      const known = await askRedis(reader.log(id))
      const want = await askRedis(reader.want(project))
      const held = await askRedis(heldFreezes(redis, [host], clock.now()))
      await askRedis(control.retry(deployment))
      out(`${id}  ${project} on ${host}`)
      sayHeldBack(context, config, { name: project, hosts: [host], held, isForced: want?.force === true })
      if (!values.wait) return exitCodes.ok
      const { outcome } = await followDeployment(id, {
        reader,
        line: out,
        stillQueued: () => say(`${id} is still queued: does the worker of ${host} run?`),
        known,
      })
      return wentLive(outcome) ? exitCodes.ok : exitCodes.failed
    })
  },
}
