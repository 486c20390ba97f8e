import { isOutcome, nudgeName, nudgeOptions, type RetryPolicy } from '@slipway/core'
import type { RunStore } from '@slipway/store'
import type { Queue } from 'bullmq'

export interface RenudgeOptions {
  readonly projects: Iterable<string>
  readonly store: Pick<RunStore, 'want' | 'deployment'>
  readonly queue: Queue
  readonly retry: RetryPolicy
}

/**
 * Nudges every project whose newest want has no end: its job may have been removed by hand, or Redis may have come back
 * without it. Where a nudge is there already this one changes nothing.
 * @returns the projects that were nudged
 */
export async function renudge({ projects, store, queue, retry }: RenudgeOptions): Promise<string[]> {
  const nudged: string[] = []
  for (const project of projects) {
    const want = await store.want(project)
    const record = want && (await store.deployment(want.deployment))
    if (!record || isOutcome(record.state)) continue
    await forgetStrayKey(queue, project)
    await queue.add(nudgeName, { project }, nudgeOptions(project, retry))
    nudged.push(project)
  }
  return nudged
}

// A key that names a job which has ended swallows every nudge of its project.
async function forgetStrayKey(queue: Queue, project: string): Promise<void> {
  const id = await queue.getDeduplicationJobId(project)
  if (!id) return
  const state = await queue.getJobState(id)
  const isStray = state === 'completed' || state === 'failed' || state === 'unknown'
  if (isStray) await queue.removeDeduplicationKey(project)
}
