import { asSlipwayError, type RunAnswer, type ScheduleName } from '@slipway/core'
import { askRedis, type MaintenanceDesk } from '@slipway/store'
import { adviceFor } from './advice-for.ts'
import { awaitAnswer } from './await-answer.ts'
import type { CommandContext } from './command.ts'
import { exitCodes } from './exit-codes.ts'
import { whoAsks } from './who-asks.ts'

export interface AskedRun {
  readonly job: ScheduleName
  readonly host: string
  readonly isDryRun: boolean
  /** Milliseconds. */
  readonly timeout: number
}

/**
 * Has the worker of a host do a job now and waits for its answer. A worker that does not answer is one that failed: one
 * host must not hide what the others did.
 */
export async function askRun(
  desk: MaintenanceDesk,
  { clock }: Pick<CommandContext, 'clock'>,
  { job, host, isDryRun, timeout }: AskedRun,
): Promise<RunAnswer> {
  const startedAt = clock.now()
  const by = whoAsks()
  try {
    const request = await askRedis(desk.run(host, job, { by, isDryRun }))
    return await awaitAnswer({ desk, answer: desk.answer, host, request, timeout })
  } catch (error) {
    const { code, message } = asSlipwayError(error)
    const ended = { outcome: 'failed', errorCode: code, why: message, prune: null } as const
    return { host, name: job, startedAt, milliseconds: Math.max(0, clock.now() - startedAt), by, ...ended }
  }
}

/** Says what went wrong where, with what to do about it. */
export function sayFailures(answers: readonly RunAnswer[], { say }: Pick<CommandContext, 'say'>): void {
  for (const { host, outcome, errorCode, why } of answers) {
    if (outcome === 'done' || (why === null && errorCode === null)) continue
    const said = [errorCode, why].filter((part) => part !== null).join(': ')
    say([`${host}: ${said}`, adviceFor(errorCode)].filter(Boolean).join('\n'))
  }
}

export function exitCodeOfRuns(answers: readonly RunAnswer[]): number {
  return answers.every(({ outcome }) => outcome === 'done') ? exitCodes.ok : exitCodes.failed
}
