import { type Deployment, isOutcome } from '@slipway/core'
import { wentLive } from './follow-deployment.ts'
import { formatTable } from './table.ts'

/** One project on one host. */
export interface ProjectStatus {
  readonly project: string
  readonly host: string
  /** The newest deployment that ended live, of those that are remembered. */
  readonly live: Deployment | null
  readonly last: Deployment | null
}

/** From the deployments of a project on a host, newest first. */
export function statusOf(project: string, host: string, deployments: readonly Deployment[]): ProjectStatus {
  const live = deployments.find(({ state }) => isOutcome(state) && wentLive(state))
  return { project, host, live: live ?? null, last: deployments[0] ?? null }
}

/** A line for each project and host. */
export function overviewTable(all: readonly ProjectStatus[]): string[] {
  const head = ['PROJECT', 'HOST', 'LIVE', 'LAST', 'TAG', 'DIGEST', 'RELEASE', 'WHEN', 'WHY']
  const rows = all.map(({ project, host, live, last }) => [
    project,
    host,
    live ? (live.tag ?? shortDigest(live)) : '-',
    ...(last ? cells(last) : ['-', '-', '-', '-', '-', '']),
  ])
  return formatTable([head, ...rows])
}

/** A line for each deployment. */
export function historyTable(deployments: readonly Deployment[]): string[] {
  const head = ['DEPLOYMENT', 'HOST', 'STATE', 'TAG', 'DIGEST', 'RELEASE', 'WHEN', 'WHY']
  return formatTable([head, ...deployments.map((one) => [one.id, one.host, ...cells(one)])])
}

function cells(deployment: Deployment): string[] {
  const { state, tag, release, acceptedAt, endedAt, errorCode, why } = deployment
  return [
    state,
    tag ?? '-',
    shortDigest(deployment),
    release ?? '-',
    formatTime(endedAt ?? acceptedAt),
    [errorCode, why].filter(Boolean).join(': ').replaceAll(/\s+/g, ' '),
  ]
}

function shortDigest({ resolvedDigest, digest }: Deployment): string {
  return (resolvedDigest ?? digest)?.replace('sha256:', '').slice(0, 12) ?? '-'
}

function formatTime(milliseconds: number): string {
  return new Date(milliseconds)
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z$/, 'Z')
}
