import type {
  AcceptedWant,
  Clock,
  Deployment,
  DeploymentState,
  KnownRelease,
  Outcome,
  Request,
  StepTiming,
} from '@slipway/core'
import type { RedisClient } from './connection.ts'
import { createDeploymentReader, type DeploymentReader } from './deployment-reader.ts'
import { fieldsOf, parseJson, readDeploymentState, readWant } from './deployment-record.ts'
import { keysOf } from './keys.ts'
import { saveKnownReleases } from './known-releases.ts'
import { limits } from './limits.ts'
import { patiently } from './patiently.ts'

/** What a worker found when it asked what to do. */
export interface TakenWant {
  readonly want: AcceptedWant
  /** What its deployment was before it was taken; null when Redis no longer knows it. */
  readonly before: DeploymentState | null
}

/** Facts about a run that become known on the way. */
export type RunFacts = Partial<Pick<Deployment, 'tag' | 'resolvedDigest' | 'release' | 'timings'>>

/** How a run ended. */
export interface RunEnd extends RunFacts {
  readonly outcome: Outcome
  readonly errorCode?: string
  readonly why?: string
  readonly supersededBy?: string
}

/** What the worker of one host writes about its runs. */
export interface RunStore extends DeploymentReader {
  /**
   * Reads the newest want of a project and marks its deployment as begun. Null when there is none, or when another
   * deployment than the expected one is wanted by now.
   */
  take(project: string, expected?: string): Promise<TakenWant | null>
  progress(id: string, state: DeploymentState, facts?: RunFacts): Promise<void>
  /** The run failed but will be tried again: back to the queue, with what went wrong. */
  requeue(id: string, errorCode: string, why: string, timings: readonly StepTiming[]): Promise<void>
  finish(id: string, end: RunEnd): Promise<void>
  appendLog(id: string, lines: readonly string[]): Promise<void>
  /** It may not begin yet: back to the queue, with the reason. */
  wait(id: string, why: string): Promise<void>
  /** Set as soon as somebody asked for the end of a deployment that is under way. */
  cancelRequest(id: string): Promise<Request | null>
  /** Tells which releases the host has of a project, the newest first. */
  saveReleases(project: string, releases: readonly KnownRelease[]): Promise<void>
}

export function createRunStore(redis: RedisClient, host: string, clock: Clock): RunStore {
  const keys = keysOf(host)

  async function write(id: string, fields: Readonly<Record<string, string>>): Promise<void> {
    await redis.hset(keys.deployment(id), fields)
  }

  return {
    ...createDeploymentReader(redis, host),
    async take(project, expected = '') {
      const taken = await patiently(() =>
        redis.slipwayTake(
          keys.want(project),
          keys.changes,
          keys.deployment(''),
          clock.now(),
          limits.endedSeconds,
          expected,
        ),
      )
      const want = taken && taken[1] !== 'moved' && readWant(fieldsOf(taken[0]))
      return want ? { want, before: readDeploymentState(taken[1]) } : null
    },
    progress: (id, state, facts = {}) => write(id, { state, ...factFields(facts) }),
    requeue: (id, errorCode, why, timings) =>
      patiently(() => write(id, { state: 'queued', errorCode, why, ...factFields({ timings }) })),
    async finish(id, { outcome, errorCode, why, supersededBy, ...facts }) {
      const fields = {
        state: outcome,
        endedAt: String(clock.now()),
        errorCode: errorCode ?? '',
        why: why ?? '',
        supersededBy: supersededBy ?? '',
        ...factFields(facts),
      }
      const key = keys.deployment(id)
      await patiently(() => redis.multi().hset(key, fields).expire(key, limits.endedSeconds).exec())
    },
    async appendLog(id, lines) {
      if (lines.length === 0) return
      await redis
        .multi()
        .rpush(keys.log(id), ...lines)
        .ltrim(keys.log(id), -limits.logLines, -1)
        .expire(keys.log(id), limits.endedSeconds)
        .exec()
    },
    async wait(id, why) {
      await patiently(() => redis.slipwayWait(keys.deployment(id), why))
    },
    cancelRequest: async (id) =>
      parseJson<Request>((await redis.hget(keys.deployment(id), 'cancel')) ?? undefined),
    saveReleases: (project, releases) =>
      saveKnownReleases(redis, { host, project, at: clock.now(), releases }),
  }
}

function factFields({ tag, resolvedDigest, release, timings }: RunFacts): Record<string, string> {
  return {
    ...(tag === undefined ? {} : { tag: tag ?? '' }),
    ...(resolvedDigest === undefined ? {} : { resolvedDigest: resolvedDigest ?? '' }),
    ...(release === undefined ? {} : { release: release ?? '' }),
    ...(timings === undefined ? {} : { timings: JSON.stringify(timings) }),
  }
}
