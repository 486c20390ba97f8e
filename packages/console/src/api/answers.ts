import { flag, list, map, maybe, number, type Of, object, optional, text } from './shape.ts'

// What the console reads of the API's answers, and no more. Times are milliseconds since 1970.

const freezeFields = {
  project: maybe(text),
  by: text,
  since: number,
  until: maybe(number),
  reason: text,
}
const freeze = object(freezeFields)
const heldFreeze = object({ ...freezeFields, hosts: list(text) })

const timing = object({ step: text, milliseconds: number, ok: flag })

const deploymentFields = {
  id: text,
  project: text,
  host: text,
  image: text,
  tag: maybe(text),
  digest: maybe(text),
  back: maybe(object({ release: maybe(text), digest: maybe(text) })),
  trigger: object({
    kind: text,
    hook: optional(text),
    source: optional(text),
    by: optional(text),
    reason: optional(text),
  }),
  state: text,
  acceptedAt: number,
  startedAt: maybe(number),
  endedAt: maybe(number),
  attempts: number,
  resolvedDigest: maybe(text),
  release: maybe(text),
  supersededBy: maybe(text),
  cancel: maybe(object({ by: text, at: number })),
  errorCode: maybe(text),
  why: maybe(text),
  timings: list(timing),
}
const deployment = object(deploymentFields)

const rollout = object({
  id: text,
  acceptedAt: number,
  isStopped: flag,
  policy: object({ order: text, maxFailures: number, onFailure: text }),
  hosts: list(object({ host: text, deployment: text, state: maybe(text), turn: text })),
})

const projectFields = {
  project: text,
  window: object({ open: flag, opensAt: optional(number) }),
  hosts: list(
    object({ host: text, freeze: maybe(freeze), live: maybe(deployment), last: maybe(deployment) }),
  ),
  rollout: maybe(rollout),
}

const release = object({
  name: text,
  digest: text,
  tag: maybe(text),
  status: text,
  copiedAt: number,
  present: flag,
  live: flag,
})

const verification = object({
  host: text,
  at: number,
  quick: flag,
  outcome: text,
  report: maybe(
    object({
      release: text,
      added: list(text),
      changed: list(text),
      missing: list(text),
      counts: object({ added: number, changed: number, missing: number }),
      files: number,
    }),
  ),
  strayed: maybe(object({ to: maybe(text) })),
  errorCode: maybe(text),
  why: maybe(text),
})

const end = { outcome: text, errorCode: maybe(text), why: maybe(text), milliseconds: number }

const schedule = object({
  host: text,
  name: text,
  repeat: object({ every: optional(number), pattern: optional(text), tz: optional(text) }),
  state: text,
  next: maybe(number),
  last: maybe(object({ startedAt: number, by: maybe(text), ...end })),
})

const item = object({
  kind: text,
  name: text,
  project: maybe(text),
  bytes: number,
  why: text,
})

const disk = object({
  of: text,
  path: text,
  bytes: number,
  freeBytes: number,
  inodes: number,
  freeInodes: number,
})

const prune = object({
  host: text,
  startedAt: number,
  cause: text,
  by: maybe(text),
  isDryRun: flag,
  ...end,
  counts: map(object({ kept: number, deleted: number, failed: number })),
  deleted: list(item),
  deletedMore: number,
  kept: list(item),
  keptMore: number,
  problems: list(object({ kind: text, name: text, why: text })),
  freedBytes: number,
  before: list(disk),
  after: list(disk),
  advice: maybe(text),
})

const refused = object({
  at: number,
  hook: maybe(text),
  source: maybe(text),
  reason: text,
  peer: maybe(text),
  status: number,
  count: number,
})

/** Every route that the console asks, as the API's document names it, and what it reads of the answer. */
export const routes = {
  overview: {
    path: '/api/v1/projects',
    answer: object({ freezes: list(heldFreeze), projects: list(object(projectFields)) }),
  },
  project: {
    path: '/api/v1/projects/{project}',
    answer: object({
      ...projectFields,
      image: text,
      deployments: list(deployment),
      releases: list(object({ host: text, at: maybe(number), releases: list(release) })),
    }),
  },
  verifications: {
    path: '/api/v1/projects/{project}/verify',
    answer: object({ verifications: list(verification) }),
  },
  deployment: {
    path: '/api/v1/deployments/{deployment}',
    answer: object({ ...deploymentFields, log: optional(list(text)) }),
  },
  schedules: { path: '/api/v1/schedules', answer: object({ schedules: list(schedule) }) },
  prunes: { path: '/api/v1/prunes', answer: object({ prunes: list(prune) }) },
  audit: { path: '/api/v1/audit', answer: object({ refused: list(refused) }) },
} as const

export type Freeze = Of<typeof freeze>
export type HeldFreeze = Of<typeof heldFreeze>
export type Deployment = Of<typeof deployment>
export type Project = Of<typeof routes.overview.answer>['projects'][number]
export type HostReport = Project['hosts'][number]
export type Rollout = Of<typeof rollout>
export type ProjectDetail = Of<typeof routes.project.answer>
export type DeploymentDetail = Of<typeof routes.deployment.answer>
export type Verification = Of<typeof verification>
export type Schedule = Of<typeof schedule>
export type Prune = Of<typeof prune>
export type PruneItem = Of<typeof item>
export type Disk = Of<typeof disk>
export type Refused = Of<typeof refused>
