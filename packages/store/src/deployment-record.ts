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

type Fields = Readonly<Record<string, string>>

/** A Deployment from its hash; null for a hash that is not there. What is empty in Redis is null here. */
export function readDeployment(fields: Fields): Deployment | null {
  if (!fields.id || !fields.state) return null
  return {
    id: fields.id,
    project: fields.project ?? '',
    host: fields.host ?? '',
    seq: Number(fields.seq),
    image: fields.image ?? '',
    tag: fields.tag || null,
    digest: fields.digest || null,
    back: parseJson<BackTarget>(fields.back),
    trigger: parseJson<Trigger>(fields.trigger) ?? { kind: 'command', by: 'unknown' },
    state: readDeploymentState(fields.state) ?? 'queued',
    acceptedAt: Number(fields.acceptedAt),
    startedAt: number(fields.startedAt),
    endedAt: number(fields.endedAt),
    attempts: Number(fields.attempts ?? 0),
    resolvedDigest: fields.resolvedDigest || null,
    release: fields.release || null,
    supersededBy: fields.supersededBy || null,
    rollout: readRef(fields),
    cancel: parseJson<Request>(fields.cancel),
    errorCode: fields.errorCode || null,
    why: fields.why || null,
    timings: parseJson<StepTiming[]>(fields.timings) ?? [],
  }
}

/** A want from its hash; null when it is not whole. */
export function readWant(fields: Fields): AcceptedWant | null {
  const { project, host, image, deployment, seq } = fields
  const rollout = readRef(fields)
  const back = parseJson<BackTarget>(fields.back)
  if (!project || !host || !image || !deployment || !seq) return null
  return {
    project,
    host,
    image,
    deployment,
    seq: Number(seq),
    tag: fields.tag || null,
    digest: fields.digest || null,
    ...(fields.force ? ({ force: true } as const) : {}),
    ...(back ? { back } : {}),
    ...(rollout ? { rollout } : {}),
  }
}

/** A state as it stands in Redis, where this package alone writes it. */
export function readDeploymentState(text: string | null | undefined): DeploymentState | null {
  return (text || null) as DeploymentState | null
}

function readRef({ rollout, home }: Fields): RolloutRef | null {
  return rollout && home ? { id: rollout, home } : null
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
