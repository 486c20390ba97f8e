import type {
  AcceptedWant,
  BackTarget,
  Deployment,
  DeploymentState,
  Request,
  RolloutRef,
  StepTiming,
  Trigger,
} from '@slipway/core'
import type { Part } from './accept.ts'

type Fields = Readonly<Record<string, string>>

/**
 * What was accepted and does not change any more, in one field as JSON: each field by itself would cost Redis more than
 * all that it holds.
 */
interface Accepted {
  readonly id: string
  readonly project: string
  readonly host: string
  readonly image: string
  readonly tag: string | null
  readonly digest: string | null
  readonly force?: true | undefined
  readonly back?: BackTarget | undefined
  readonly rollout?: RolloutRef | undefined
  readonly trigger: Trigger
  readonly acceptedAt: number
}

export function writeAccepted({ wanted, deployment, trigger, rollout }: Part, acceptedAt: number): string {
  const { project, host, image, tag, digest, force, back } = wanted
  const accepted: Accepted = {
    id: deployment,
    project,
    host,
    image,
    tag,
    digest,
    force,
    back,
    rollout: rollout && { id: rollout.id, home: rollout.home },
    trigger,
    acceptedAt,
  }
  return JSON.stringify(accepted)
}

/** A Deployment from its hash; null for a hash that is not there. What is empty in Redis is null here. */
export function readDeployment(fields: Fields): Deployment | null {
  const accepted = parseJson<Accepted>(fields.accepted)
  if (!accepted || !fields.state) return null
  const { id, project, host, image, tag, digest, back, rollout, trigger, acceptedAt } = accepted
  return {
    id,
    project,
    host,
    seq: Number(fields.seq),
    image,
    // Going back finds it out on the way.
    tag: fields.tag === undefined ? tag : fields.tag || null,
    digest,
    back: back ?? null,
    trigger,
    state: readDeploymentState(fields.state) ?? 'queued',
    acceptedAt,
    startedAt: number(fields.startedAt),
    endedAt: number(fields.endedAt),
    attempts: Number(fields.attempts ?? 0),
    resolvedDigest: fields.resolvedDigest || null,
    release: fields.release || null,
    supersededBy: fields.supersededBy || null,
    rollout: rollout ?? null,
    cancel: parseJson<Request>(fields.cancel),
    errorCode: fields.errorCode || null,
    why: fields.why || null,
    timings: parseJson<StepTiming[]>(fields.timings) ?? [],
  }
}

/** A want from its hash; null when it is not whole. */
export function readWant({ seq, deployment, accepted: text }: Fields): AcceptedWant | null {
  const accepted = parseJson<Accepted>(text)
  if (!accepted || !deployment || !seq) return null
  const { project, host, image, tag, digest, force, back, rollout } = accepted
  return {
    project,
    host,
    image,
    deployment,
    seq: Number(seq),
    tag,
    digest,
    ...(force ? { force } : {}),
    ...(back ? { back } : {}),
    ...(rollout ? { rollout } : {}),
  }
}

/** A state as it stands in Redis, where this package alone writes it. */
export function readDeploymentState(text: string | null | undefined): DeploymentState | null {
  return (text || null) as DeploymentState | null
}

/** The pairs that a Lua script returns for a hash. */
export function fieldsOf(pairs: readonly string[]): Fields {
  const fields: Record<string, string> = Object.create(null)
  for (let at = 0; at + 1 < pairs.length; at += 2) fields[pairs[at] ?? ''] = pairs[at + 1] ?? ''
  return fields
}

function number(text: string | undefined): number | null {
  return text ? Number(text) : null
}

/** What this package wrote as JSON; null when there is nothing, or nothing whole. */
export function parseJson<T>(text: string | undefined): T | null {
  if (!text) return null
  try {
    return JSON.parse(text) as T
  } catch {
    return null
  }
}
