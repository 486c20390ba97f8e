import type { Clock, Config } from '@slipway/core'
import { askRedis, createRefusedCallsStore, type RedisClient } from '@slipway/store'
import type { FastifyBaseLogger } from 'fastify'
import type { AnsweredCall } from './answered-call.ts'
import type { Metrics } from './metrics/metrics.ts'
import { createRefusalAudit } from './refusal-audit.ts'

export interface FollowOptions {
  /** One that fails fast, and on which no sender waits. */
  readonly redis: RedisClient
  readonly hooks: Config['hooks']
  readonly metrics: Pick<Metrics, 'called' | 'lost'>
  readonly clock: Clock
  readonly log: FastifyBaseLogger
}

/** Makes calls visible that were answered: each is counted, and those that were refused are in the audit. */
export interface FollowedCalls {
  readonly onCall: (call: AnsweredCall) => void
  /** Writes what is left. */
  close(): Promise<void>
}

/** Milliseconds: ingest must not stay because the audit cannot be written. */
const longestWrite = 2_000

export function followCalls({ redis, hooks, metrics, clock, log }: FollowOptions): FollowedCalls {
  const store = createRefusedCallsStore(redis, clock)
  const audit = createRefusalAudit({
    clock,
    write: (calls) => askRedis(store.write(calls), longestWrite),
    onLost(calls, cause) {
      metrics.lost(calls)
      log.warn({ err: cause, calls }, 'refused calls are not in the audit')
    },
  })
  return {
    onCall(call) {
      metrics.called(call)
      const { hook, reason, peer, status } = call
      if (reason === null) return
      const source = hook === null ? null : (hooks[hook]?.source ?? null)
      audit.note({ hook, source, reason, peer, status })
    },
    close: audit.close,
  }
}
