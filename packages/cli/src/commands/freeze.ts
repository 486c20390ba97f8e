import { parseArgs } from 'node:util'
import { requireConfig } from '@slipway/config-file'
import { type Freeze, hostsOf, isReason, longestReason, readUntil } from '@slipway/core'
import { askRedis, freezeProjects, heldFreezes } from '@slipway/store'
import type { Command } from '../command.ts'
import { configOption, configPath } from '../config-path.ts'
import { exitCodes } from '../exit-codes.ts'
import { describeHeld } from '../held-back.ts'
import { oneProjectOrAll } from '../one-project.ts'
import { UsageError } from '../usage-error.ts'
import { whoAsks } from '../who-asks.ts'
import { withControl } from '../with-control.ts'

export const freeze: Command = {
  name: 'freeze',
  summary: 'hold deploys of a project, or of all, back',
  help: `usage: slipway freeze [PROJECT] --reason TEXT [--until TIME|DURATION] [--config FILE]

Pushes are taken and wait; what is under way goes on to its end. Without PROJECT every project on every host is frozen. The
two are independent: a project goes out when neither it nor everything is frozen.
  --reason   why, in one line, for whoever wonders
  --until    a time with its zone, such as 2026-12-27T08:00Z, or a duration, such as 2h; default: until somebody says
             \`slipway unfreeze\``,

  async run(args, context) {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { ...configOption, reason: { type: 'string' }, until: { type: 'string' } },
      allowPositionals: true,
    })
    const terms = readTerms(values, context.clock.now())
    const config = await requireConfig(configPath(values.config, context.environment))
    const project = oneProjectOrAll(config, positionals)
    const hosts = project === null ? hostsOf(config) : (config.projects[project]?.hosts ?? [])
    if (hosts.length === 0) {
      context.say('The configuration has no projects that could be frozen.')
      return exitCodes.failed
    }

    return withControl(config, context, async ({ redis, control }) => {
      const held = await askRedis(heldFreezes(redis, hosts, context.clock.now()))
      const made: Freeze = { project, by: whoAsks(), since: context.clock.now(), ...terms }
      await askRedis(freezeProjects(control, config.projects, made))
      context.out(describeHeld({ ...made, hosts }, hosts))
      for (const one of held.filter((earlier) => earlier.project === project))
        context.say(`In the place of: ${describeHeld(one, hosts)}`)
      return exitCodes.ok
    })
  },
}

function readTerms(
  { reason, until }: { readonly reason?: string | undefined; readonly until?: string | undefined },
  now: number,
): Pick<Freeze, 'reason' | 'until'> {
  if (!reason?.trim()) throw new UsageError('say why with --reason.')
  if (!isReason(reason))
    throw new UsageError(
      `a reason is one line of at most ${longestReason} characters, without control characters.`,
    )
  if (until === undefined) return { reason, until: null }
  const end = readUntil(until, now)
  if (end === null)
    throw new UsageError(
      `"${until}" is no --until: write a time that is ahead, with its zone, such as 2026-12-27T08:00Z, or a duration, such as 2h.`,
    )
  return { reason, until: end }
}
