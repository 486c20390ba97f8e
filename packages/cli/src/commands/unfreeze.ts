import { parseArgs } from 'node:util'
import { requireConfig } from '@slipway/config-file'
import { hostsOf } from '@slipway/core'
import { askRedis, heldFreezes, unfreezeProjects } from '@slipway/store'
import type { Command } from '../command.ts'
import { configOption, configPath } from '../config-path.ts'
import { exitCodes } from '../exit-codes.ts'
import { describeHeld } from '../held-back.ts'
import { oneProjectOrAll } from '../one-project.ts'
import { withControl } from '../with-control.ts'

export const unfreeze: Command = {
  name: 'unfreeze',
  summary: 'end a freeze; what waits goes on at once',
  help: `usage: slipway unfreeze [PROJECT] [--config FILE]

Ends the freeze of PROJECT, or the one of everything, and leaves the other where it is.`,

  async run(args, context) {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: configOption,
      allowPositionals: true,
    })
    const config = await requireConfig(configPath(values.config, context.environment))
    const project = oneProjectOrAll(config, positionals)
    const hosts = project === null ? hostsOf(config) : (config.projects[project]?.hosts ?? [])
    const { out, say, clock } = context

    return withControl(config, context, async ({ redis, control }) => {
      const wasFrozen = await askRedis(unfreezeProjects(redis, control, config.projects, project))
      const what = `freeze of ${project ?? 'everything'}`
      out(wasFrozen ? `The ${what} has ended.` : `There was no ${what}.`)
      const held = await askRedis(heldFreezes(redis, hosts, clock.now()))
      // Everything thawed leaves the projects that are frozen; a project thawed may still wait with everything.
      const left = held.filter((one) => one.project !== project && (project === null || one.project === null))
      for (const one of left) {
        const spokenOf = one.project === null ? hosts : (config.projects[one.project]?.hosts ?? one.hosts)
        say(`Deploys still wait: ${describeHeld(one, spokenOf)}`)
      }
      return exitCodes.ok
    })
  },
}
