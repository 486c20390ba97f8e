import { parseArgs } from 'node:util'
import { requireConfig } from '@slipway/config-file'
import { formatDuration, hostsOf, type JobEnd, type Repeat } from '@slipway/core'
import { askRedis, reportSchedules, type ScheduleReport } from '@slipway/store'
import { chosenHosts } from '../chosen-hosts.ts'
import type { Command } from '../command.ts'
import { configOption, configPath } from '../config-path.ts'
import { exitCodes } from '../exit-codes.ts'
import { plainText } from '../plain-text.ts'
import { formatTable } from '../table.ts'
import { withDesk } from '../with-desk.ts'
import { localZone, zonedTime } from '../zoned-time.ts'

export const schedules: Command = {
  name: 'schedules',
  summary: 'show the jobs by the clock, when they come next and how they ended last',
  help: `usage: slipway schedules [--host HOST] [--json] [--config FILE]

What the worker of each host has put in place: its definition, the next run in the time of this machine and in that of the
schedule, and the last run, whoever asked for it.
  --host HOST   only this host
  --json        the same as JSON`,

  async run(args, context) {
    const { environment, out, say } = context
    const { values } = parseArgs({
      args: [...args],
      options: { ...configOption, host: { type: 'string' }, json: { type: 'boolean', default: false } },
    })
    const config = await requireConfig(configPath(values.config, environment))
    const hosts = chosenHosts(hostsOf(config), values.host, 'the configuration')

    return withDesk(config, context, async ({ desk }) => {
      const found = await askRedis(reportSchedules(desk, config, hosts))
      if (values.json) out(JSON.stringify(found, null, 2))
      else for (const line of formatTable([heads(), ...found.map(rowOf)])) out(plainText(line))
      if (!values.json) for (const line of notes(found)) say(line)
      return exitCodes.ok
    })
  },
}

function heads(): string[] {
  return ['host', 'job', 'when', `next (${localZone()})`, 'in its zone', 'last', 'outcome']
}

function rowOf({ host, name, repeat, state, next, last }: ScheduleReport): string[] {
  const when = state === 'in-place' || state === 'missing' ? words(repeat) : `${words(repeat)} (!)`
  const local = next === null ? '-' : zonedTime(next, localZone())
  const own = next === null || repeat.pattern === undefined ? '-' : zonedTime(next, repeat.tz ?? 'UTC')
  return [host, name, when, local, own, ...(last ? endOf(last) : ['-', '-'])]
}

function words({ every, pattern, tz = 'UTC' }: Repeat): string {
  return pattern === undefined ? `every ${formatDuration(every ?? 0)}` : `${pattern} ${tz}`
}

function endOf({ startedAt, milliseconds, outcome, by, errorCode, why }: JobEnd): string[] {
  const reason = [errorCode, why].filter((part) => part !== null).join(': ')
  const took = `${(milliseconds / 1_000).toFixed(1)} s`
  const asked = by === null ? '' : ` for ${by}`
  return [zonedTime(startedAt, localZone()), `${outcome} in ${took}${asked}${reason ? `: ${reason}` : ''}`]
}

function notes(found: readonly ScheduleReport[]): string[] {
  const where = (state: ScheduleReport['state']) => [
    ...new Set(found.filter((one) => one.state === state).map(({ host }) => host)),
  ]
  const [missing, differing] = [where('missing'), where('differs')]
  return [
    ...(missing.length > 0 ? [`Not in place on ${missing.join(', ')}: does a worker run there?`] : []),
    ...(differing.length > 0
      ? [`(!) The worker of ${differing.join(', ')} has another configuration than this one.`]
      : []),
  ]
}
