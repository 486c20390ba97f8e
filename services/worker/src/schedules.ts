import {
  isSameRepeat,
  nextTime,
  type Repeat,
  repeatOf,
  runNames,
  type ScheduleName,
  type Schedules,
  scheduleNames,
} from '@slipway/core'
import type { JobSchedulerJson, Queue, RepeatStrategy } from 'bullmq'

/** A job by the clock, as the queue has to hold it. */
interface Plan {
  readonly id: ScheduleName
  readonly repeat: Repeat
}

/** How many finished jobs of each kind of end stay to be looked at. */
export const keptJobs = 100
/** How often a place in the queue is tried for that somebody else takes at the same moment. */
const mostTries = 5

const kept = { removeOnComplete: { count: keptJobs }, removeOnFail: { count: keptJobs } } as const

/** Times of a cron expression as everywhere in slipway, also where clocks are changed. */
export const repeatStrategy: RepeatStrategy = (now, { pattern, tz }) =>
  pattern === undefined ? undefined : nextTime({ cron: pattern, timezone: tz }, now)

/**
 * Puts the schedules of a host in place. One that is there as it should be is not touched; those that are no longer
 * wanted go. A run that is due when its schedule is replaced is not lost: it comes once, in the place of what was replaced.
 */
export async function ensureSchedules(queue: Queue, schedules: Partial<Schedules>): Promise<void> {
  const wanted = plansOf(schedules)
  const present = await queue.getJobSchedulers()
  for (const { key } of present) if (!wanted.some(({ id }) => id === key)) await queue.removeJobScheduler(key)
  for (const plan of wanted) {
    const there = present.find(({ key }) => key === plan.id)
    if (!there) await put(queue, plan, plan.repeat)
    else if (!isSameRepeat(there, plan.repeat)) await replace(queue, plan, there)
  }
}

async function replace(queue: Queue, plan: Plan, there: JobSchedulerJson): Promise<void> {
  await put(queue, plan, { ...plan.repeat, ...offsetOf(plan.repeat) })
  const { next } = there
  if (next === undefined || next > Date.now()) return
  // It was due. Whoever took it before it was replaced left it in the queue; else it went with what was replaced.
  if (await queue.getJob(`repeat:${plan.id}:${next}`)) return
  await queue.add(runNames[plan.id], {}, { ...kept, jobId: `missed:${plan.id}:${next}` })
}

async function put(queue: Queue, { id }: Plan, repeat: Repeat & Offset): Promise<void> {
  for (let tried = 1; ; tried += 1)
    try {
      await queue.upsertJobScheduler(id, repeat, { name: runNames[id], opts: kept })
      return
    } catch (error) {
      // The time came between the reckoning and the writing, and its job has been taken: the next one is free.
      if (!isTaken(error) || tried === mostTries) throw error
    }
}

const takenCode = -10

function isTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === takenCode
}

interface Offset {
  readonly offset?: number
}

// In the place of another one, BullMQ would keep how far the old one began into its period; where that is longer than
// the new period, what follows a gap would be that late.
function offsetOf({ every }: Repeat): Offset {
  return every === undefined ? {} : { offset: Date.now() % every || 1 }
}

function plansOf(schedules: Partial<Schedules>): Plan[] {
  return scheduleNames.flatMap((id): Plan[] => {
    const schedule = schedules[id]
    return schedule ? [{ id, repeat: repeatOf(schedule) }] : []
  })
}
