import type { Config } from '@slipway/core'
import type { Queue } from 'bullmq'

/** The schedules that are carried out, each with the name of the job that its time adds. */
const jobNames = { reconcile: 'reconcile', verify: 'verify-all' } as const
type Scheduled = keyof typeof jobNames

/** A job by the clock, as the queue has to hold it. */
interface Plan {
  readonly id: Scheduled
  readonly every?: number
  readonly pattern?: string
  readonly tz?: string
}

/** How many finished jobs of each kind of end stay to be looked at. */
export const keptJobs = 100

/**
 * Puts the schedules of a host in place. One that is there as it should be is not touched, because putting it there
 * again near its time makes it miss that time; those that are no longer wanted go.
 */
export async function ensureSchedules(queue: Queue, schedules: Config['schedules']): Promise<void> {
  const wanted = plansOf(schedules)
  const present = await queue.getJobSchedulers()
  for (const { key } of present) if (!wanted.some(({ id }) => id === key)) await queue.removeJobScheduler(key)
  for (const plan of wanted) {
    const there = present.find(({ key }) => key === plan.id)
    if (there && isSame(there, plan)) continue
    const { id, ...repeat } = plan
    await queue.upsertJobScheduler(id, there ? { ...repeat, ...offsetOf(plan) } : repeat, {
      name: jobNames[id],
      opts: { removeOnComplete: { count: keptJobs }, removeOnFail: { count: keptJobs } },
    })
  }
}

// In the place of another one, BullMQ would keep how far the old one began into its period; where that is longer than
// the new period, what follows a gap would be that late.
function offsetOf({ every }: Plan): { readonly offset?: number } {
  return every === undefined ? {} : { offset: Date.now() % every || 1 }
}

function plansOf(schedules: Config['schedules']): Plan[] {
  return (Object.keys(jobNames) as Scheduled[]).flatMap((id): Plan[] => {
    const schedule = schedules[id]
    if (!schedule) return []
    if ('every' in schedule) return [{ id, every: schedule.every }]
    return [{ id, pattern: schedule.cron, tz: schedule.timezone ?? 'UTC' }]
  })
}

function isSame(there: Omit<Plan, 'id'>, { every, pattern, tz }: Plan): boolean {
  return (
    Number(there.every ?? 0) === (every ?? 0) &&
    there.pattern === pattern &&
    (pattern === undefined || there.tz === tz)
  )
}
