import type { AcceptedWant, Deployment, DeploymentState, StepTiming, Trigger } from '@slipway/core'

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
    trigger: parse<Trigger>(fields.trigger) ?? { kind: 'command', by: 'unknown' },
    // Written by this package alone, so it is one of ours.
    state: fields.state as DeploymentState,
    acceptedAt: Number(fields.acceptedAt),
    startedAt: number(fields.startedAt),
    endedAt: number(fields.endedAt),
    attempts: Number(fields.attempts ?? 0),
    resolvedDigest: fields.resolvedDigest || null,
    release: fields.release || null,
    supersededBy: fields.supersededBy || null,
    errorCode: fields.errorCode || null,
    why: fields.why || null,
    timings: parse<StepTiming[]>(fields.timings) ?? [],
  }
}

/** A want from its hash; null when it is not whole. */
export function readWant(fields: Fields): AcceptedWant | null {
  const { project, host, image, deployment, seq } = fields
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
  }
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

function parse<T>(text: string | undefined): T | null {
  if (!text) return null
  try {
    return JSON.parse(text) as T
  } catch {
    return null
  }
}
