import { parseArgs } from 'node:util'
import { requireConfig } from '@slipway/config-file'
import { type Deployment, hostsOf } from '@slipway/core'
import { askRedis, createDeploymentReader } from '@slipway/store'
import { describeCancel } from '../cancel-outcome.ts'
import type { Command, CommandContext } from '../command.ts'
import { configOption, configPath } from '../config-path.ts'
import { exitCodes } from '../exit-codes.ts'
import { followDeployment } from '../follow-deployment.ts'
import { oneDeployment } from '../one-deployment.ts'
import { whoAsks } from '../who-asks.ts'
import { type ControlTools, withControl } from '../with-control.ts'

export const cancel: Command = {
  name: 'cancel',
  summary: 'take a deployment back',
  help: `usage: slipway cancel DEPLOYMENT [--wait] [--config FILE]

One that waits ends at once. One that is under way is asked to end: before the switch nothing was seen of it, behind the
switch it goes back to the release that was good before, and one that is live by then stays. Of a rollout this is the part
of one host; the parts of the others have ids of their own.
  --wait   follow the log until it has ended; the exit code is 0 only when it has ended as cancelled`,

  async run(args, context) {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { ...configOption, wait: { type: 'boolean', default: false } },
      allowPositionals: true,
    })
    const id = oneDeployment(positionals)
    const config = await requireConfig(configPath(values.config, context.environment))

    return withControl(config, context, async (tools) => {
      const { control } = tools
      const deployment = await askRedis(control.find(id, hostsOf(config)))
      const known = await askRedis(createDeploymentReader(tools.redis, deployment.host).log(id))
      const answer = await askRedis(control.cancel(deployment, whoAsks()))
      if (answer === 'cancelled') {
        context.out(`${id} is cancelled: it had not begun.`)
        return exitCodes.ok
      }
      context.out(`${id} was asked to end; the worker of ${deployment.host} hears of it within a second.`)
      return values.wait ? followToEnd(deployment, known, tools, context) : exitCodes.ok
    })
  },
}

async function followToEnd(
  { id, host }: Deployment,
  known: readonly string[],
  { redis }: ControlTools,
  { out, say }: CommandContext,
): Promise<number> {
  const end = await followDeployment(id, {
    reader: createDeploymentReader(redis, host),
    line: out,
    stillQueued: () => say(`${id} is still queued: does the worker of ${host} run?`),
    known,
  })
  out(describeCancel(end))
  return end.outcome === 'cancelled' ? exitCodes.ok : exitCodes.failed
}
