import {
  type Deployment,
  isDigest,
  isReason,
  isReleaseName,
  type KnownRelease,
  longestReason,
  outcomes,
  readUntil,
  steps,
  type Trigger,
  type WindowState,
} from '@slipway/core'
import type { HeldFreeze, ProjectReport, RolloutReport } from '@slipway/store'
import { z } from 'zod'
import type { ProjectDetail, Unfrozen } from '../ops/operations.ts'

/** Schemas that have a name in the OpenAPI document. */
export const components = z.registry<{ id: string }>()

export function named<T extends z.ZodType>(id: string, schema: T): T {
  components.add(schema, { id })
  return schema
}

const reasonRule = 'write one line that says why, without control characters'
export const time = z.int().describe('Milliseconds since 1970.')

/** What a refused or failed request is answered with. */
export const errorBody = named(
  'Error',
  z.object({
    error: z.object({
      code: z.string().describe('One word for a program; docs/errors.md explains those of slipway.'),
      message: z.string().describe('One sentence for a person.'),
    }),
  }),
)

const freeze = z.object({
  project: z.string().nullable().describe('Null when everything is frozen.'),
  by: z.string(),
  since: time,
  until: time.nullable().describe('Null when only a person ends it.'),
  reason: z.string(),
})

export const heldFreeze = named(
  'Freeze',
  freeze.extend({ hosts: z.array(z.string()).describe('Where it stands.') }),
) satisfies z.ZodType<HeldFreeze>

const trigger = z.union([
  z.object({ kind: z.literal('webhook'), hook: z.string(), source: z.string() }),
  z.object({ kind: z.literal('command'), by: z.string(), reason: z.string().optional() }),
  z.object({ kind: z.literal('poll') }),
  z.object({ kind: z.literal('reconcile') }),
]) satisfies z.ZodType<Trigger>

const state = z.enum(['queued', ...steps, 'roll-back', ...outcomes])
const rolloutRef = z.object({ id: z.string(), home: z.string() })

const deploymentFields = z.object({
  id: z.string(),
  project: z.string(),
  host: z.string(),
  seq: z.int().describe('The larger is the newer.'),
  image: z.string(),
  tag: z.string().nullable(),
  digest: z.string().nullable().describe('What the sender or the operator named.'),
  back: z
    .object({ release: z.string().nullable(), digest: z.string().nullable() })
    .nullable()
    .describe('Of a rollback: where it leads; both null for the good release before the live one.'),
  trigger,
  state,
  acceptedAt: time,
  startedAt: time.nullable(),
  endedAt: time.nullable(),
  attempts: z.int(),
  resolvedDigest: z.string().nullable().describe('What was deployed.'),
  release: z.string().nullable(),
  supersededBy: z.string().nullable(),
  rollout: rolloutRef.nullable(),
  cancel: z.object({ by: z.string(), at: time }).nullable().describe('Who asked for its end.'),
  errorCode: z.string().nullable(),
  why: z.string().nullable(),
  timings: z.array(z.object({ step: z.string(), milliseconds: z.number(), ok: z.boolean() })),
})

export const deployment = named('Deployment', deploymentFields) satisfies z.ZodType<Deployment>

export const deploymentWithLog = named(
  'DeploymentWithLog',
  deploymentFields.extend({ log: z.array(z.string()).optional().describe('With `?log=1`.') }),
)

const window = z.union([
  z.object({ open: z.literal(true) }),
  z.object({ open: z.literal(false), opensAt: time }),
]) satisfies z.ZodType<WindowState>

const rollout = named(
  'Rollout',
  z.object({
    id: z.string(),
    home: z.string(),
    project: z.string(),
    seq: z.int(),
    image: z.string(),
    tag: z.string().nullable(),
    hint: z.string().nullable(),
    digest: z.string().nullable().describe('What all hosts deploy; null until the first has resolved it.'),
    force: z.boolean(),
    policy: z.object({
      order: z.enum(['parallel', 'rolling']),
      maxFailures: z.int(),
      onFailure: z.enum(['stop', 'roll_back']),
    }),
    acceptedAt: time,
    isStopped: z.boolean().describe('Too many hosts have failed for the others to begin.'),
    hosts: z.array(
      z.object({
        host: z.string(),
        deployment: z.string(),
        state: state.nullable(),
        turn: z.enum(['go', 'wait', 'stop', 'back']),
      }),
    ),
  }),
) satisfies z.ZodType<RolloutReport>

const reportFields = z.object({
  project: z.string(),
  window: window.describe('Whether the maintenance windows let deploys go out now.'),
  hosts: z.array(
    z.object({
      host: z.string(),
      freeze: freeze.nullable().describe('What holds deploys back now.'),
      live: deployment.nullable().describe('The newest that ended live, of those that are remembered.'),
      last: deployment.nullable(),
    }),
  ),
  rollout: rollout.nullable().describe('The newest, of a project that has several hosts.'),
})

const knownRelease = z.object({
  name: z.string(),
  digest: z.string(),
  tag: z.string().nullable(),
  status: z
    .enum(['copied', 'live', 'bad'])
    .describe('`live`: passed its check, now or once. `copied`: was never live.'),
  seq: z.int(),
  copiedAt: time,
  present: z.boolean().describe('Its folder was there.'),
  live: z.boolean(),
}) satisfies z.ZodType<KnownRelease>

const report = named('Project', reportFields) satisfies z.ZodType<ProjectReport>

export const projectDetail = named(
  'ProjectDetail',
  reportFields.extend({
    image: z.string(),
    deployments: z.array(deployment).describe('The newest of all hosts, newest first.'),
    releases: z.array(
      z.object({
        host: z.string(),
        at: time.nullable().describe('When its worker told them; null when it never did.'),
        releases: z.array(knownRelease).describe('The newest first.'),
      }),
    ),
  }),
) satisfies z.ZodType<ProjectDetail>

export const overview = named(
  'Overview',
  z.object({ freezes: z.array(heldFreeze), projects: z.array(report) }),
)

export const freezeList = named('Freezes', z.object({ freezes: z.array(heldFreeze) }))

export const unfrozen = named(
  'Unfrozen',
  z.object({
    wasFrozen: z.boolean().describe('False when there was nothing to end.'),
    left: z.array(heldFreeze).describe('What holds back all the same.'),
  }),
) satisfies z.ZodType<Unfrozen>

export const cancelled = named(
  'Cancelled',
  z.object({ outcome: z.literal('cancelled').describe('It had not begun.') }),
)
export const asked = named(
  'Asked',
  z.object({ outcome: z.literal('asked').describe('It is under way; its worker hears of it.') }),
)
export const queued = named('Queued', z.object({ outcome: z.literal('queued') }))

export const rollingBack = named(
  'RollingBack',
  z.object({
    deployments: z
      .array(z.object({ id: z.string(), project: z.string(), host: z.string(), seq: z.int() }))
      .describe('One for each host; it tells what came of it.'),
  }),
)

/** The body that asks to go back; all of it may be left out. */
export const rollbackBody = named(
  'RollbackTerms',
  z
    .strictObject({
      release: z.string().refine(isReleaseName, { error: 'write the name of a release' }).optional(),
      digest: z
        .string()
        .refine(isDigest, { error: 'write sha256: and 64 lower-case hexadecimal digits' })
        .optional(),
      host: z.string().max(63).optional().describe('Only there; default: every host of the project.'),
      reason: z.string().max(longestReason).refine(isReason, { error: reasonRule }).optional(),
    })
    .refine(({ release, digest }) => release === undefined || digest === undefined, {
      error: 'write release or digest, not both',
    }),
)

/** The body that freezes something. */
export const freezeBody = named(
  'FreezeTerms',
  z.strictObject({
    reason: z.string().min(1).max(longestReason).refine(isReason, { error: reasonRule }),
    until: z
      .string()
      .max(64)
      .nullish()
      .describe(
        'A time with its zone, such as 2026-12-27T08:00Z, or a duration, such as 2h; null until a person ends it.',
      ),
  }),
)

/** When such a body ends its freeze: null for never, undefined when it names nothing that is ahead. */
export function untilOf({ until }: z.output<typeof freezeBody>, now: number): number | null | undefined {
  if (until === undefined || until === null) return null
  return readUntil(until, now) ?? undefined
}
