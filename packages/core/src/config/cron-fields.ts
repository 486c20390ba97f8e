import type { z } from 'zod'
import { type CronRule, refuseCron } from '../schedule/cron.ts'

/** Refuses a rule that would never fire, at the field that is wrong. */
export function refuseBadCron(rule: CronRule, context: z.core.$RefinementCtx): void {
  const refusal = refuseCron(rule)
  if (!refusal) return
  context.addIssue({ code: 'custom', path: [refusal.field], message: refusal.why })
}
