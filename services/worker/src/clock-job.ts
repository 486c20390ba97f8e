import {
  asSlipwayError,
  type Clock,
  type PruneRecord,
  type Redact,
  type RunAnswer,
  type RunRequest,
  readRunRequest,
  type ScheduleName,
} from '@slipway/core'
import { askRedis, type JobEnds } from '@slipway/store'
import type { Logger } from 'pino'
import type { Pinger } from './ports/pinger.ts'

/** What came of a job that went to its end. */
export interface JobResult {
  readonly outcome: RunAnswer['outcome']
  readonly errorCode?: string | null
  readonly why?: string | null
  readonly prune?: PruneRecord
}

export interface ClockJobTools {
  readonly host: string
  readonly ends: Pick<JobEnds, 'keep'>
  readonly pinger: Pick<Pinger, 'alive'>
  readonly timer: Clock
  readonly redact: Redact
  readonly log: Pick<Logger, 'warn'>
}

/** Does one job. Nothing to say means that it is done. */
export type ClockWork = (signal: AbortSignal, asked: RunRequest) => Promise<JobResult | undefined>

const longestWhy = 1_000

/**
 * A job by the clock, as the queue has it done: how it ended is kept, whoever asked for it is answered, and when the clock
 * asked and all went well, who listens for that hears of it.
 */
export function clockJob(tools: ClockJobTools, name: ScheduleName, work: ClockWork) {
  const { host, ends, pinger, timer, redact, log } = tools

  function answerOf({ by }: RunRequest, startedAt: number, result: JobResult): RunAnswer {
    const { outcome, errorCode = null, why = null, prune = null } = result
    const milliseconds = Math.max(0, timer.now() - startedAt)
    const said = why === null ? null : redact(why).slice(0, longestWhy)
    return { host, name, startedAt, milliseconds, by, outcome, errorCode, why: said, prune }
  }

  return async (signal: AbortSignal, data: unknown): Promise<void> => {
    const asked = readRunRequest(data)
    if (!asked) throw new Error('what this job carries was written by nobody who may ask for it')
    const startedAt = timer.now()
    const result = await resultOf(work, signal, asked)
    await askRedis(ends.keep(answerOf(asked, startedAt, result), asked.request)).catch((error: unknown) => {
      log.warn({ job: name, error: String(error) }, 'how a job ended could not be kept')
    })
    if (result.outcome === 'failed') throw new Error(redact(result.why ?? 'it failed'))
    if (result.outcome === 'done' && asked.by === null) pinger.alive(name)
  }
}

async function resultOf(work: ClockWork, signal: AbortSignal, asked: RunRequest): Promise<JobResult> {
  try {
    return (await work(signal, asked)) ?? { outcome: 'done' }
  } catch (thrown) {
    const { code, message } = asSlipwayError(signal.aborted ? signal.reason : thrown)
    return { outcome: 'failed', errorCode: code, why: message }
  }
}
