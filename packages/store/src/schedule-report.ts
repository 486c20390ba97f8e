import {
  type Config,
  isSameRepeat,
  type JobEnd,
  type Repeat,
  repeatOf,
  type ScheduleName,
  scheduleNames,
  schedulesOf,
} from '@slipway/core'
import type { MaintenanceDesk } from './maintenance-desk.ts'

/** A job by the clock of one host: what is wanted, what is there, and what came of it last. */
export interface ScheduleReport {
  readonly host: string
  readonly name: ScheduleName
  /** As it is in place; as the configuration wants it where no worker has put it in place yet. */
  readonly repeat: Repeat
  /** `missing`: no worker has put it in place. `differs`: the worker that did had another configuration. */
  readonly state: 'in-place' | 'differs' | 'missing'
  /** When it comes next, in milliseconds since 1970; null when that is not known. */
  readonly next: number | null
  readonly last: JobEnd | null
}

/** The jobs by the clock of these hosts, in the order of the hosts and by name. */
export async function reportSchedules(
  desk: Pick<MaintenanceDesk, 'schedules' | 'lastRuns'>,
  config: Pick<Config, 'schedules' | 'projects'>,
  hosts: readonly string[],
): Promise<ScheduleReport[]> {
  const found = hosts.map(async (host) => {
    const [placed, last] = await Promise.all([desk.schedules(host), desk.lastRuns(host)])
    const wanted = schedulesOf(config, host)
    return scheduleNames.flatMap((name): ScheduleReport[] => {
      const [there, schedule] = [placed.find((one) => one.name === name), wanted[name]]
      const want = schedule ? repeatOf(schedule) : null
      const repeat = there?.repeat ?? want
      if (!repeat) return []
      const state = !there ? 'missing' : want && isSameRepeat(there.repeat, want) ? 'in-place' : 'differs'
      return [{ host, name, repeat, state, next: there?.next ?? null, last: last.get(name) ?? null }]
    })
  })
  return (await Promise.all(found)).flat()
}
