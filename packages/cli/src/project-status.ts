import type { Deployment, KnownRelease } from '@slipway/core'
import type { HeldFreeze, HostReleases, ProjectReport, RolloutReport } from '@slipway/store'
import { describeHeld, describeWindow } from './held-back.ts'
import { formatTable } from './table.ts'

/** What holds everything back, a line for each project and host, then what holds single projects back. */
export function overviewLines(
  reports: readonly ProjectReport[],
  freezes: readonly HeldFreeze[],
  everyHost: readonly string[],
): string[] {
  const all = freezes.filter(({ project }) => project === null)
  return [
    ...all.map((one) => describeHeld(one, everyHost)),
    ...overviewTable(reports),
    ...reports.flatMap((report) => [
      ...ownFreezes(report, freezes),
      ...windowLines(report),
      ...stoppedLines(report),
    ]),
  ]
}

/** What holds a project back, its newest rollout, its last deployments and the releases that its hosts have. */
export function projectLines(
  report: ProjectReport,
  freezes: readonly HeldFreeze[],
  deployments: readonly Deployment[],
  releases: readonly HostReleases[],
): string[] {
  const all = freezes.filter(({ project }) => project === null)
  return [
    ...all.map((one) => describeHeld(one, namesOf(report))),
    ...ownFreezes(report, freezes),
    ...windowLines(report),
    ...(report.rollout ? rolloutLines(report.rollout) : []),
    ...historyTable(deployments),
    ...releaseLines(releases),
  ]
}

/** One entry for each project and host, so that scripts need no loop in a loop. */
export function entriesOf(reports: readonly ProjectReport[]) {
  return reports.flatMap(({ project, window, hosts, rollout }) =>
    hosts.map((host) => ({ project, ...host, window, rollout })),
  )
}

function namesOf({ hosts }: ProjectReport): string[] {
  return hosts.map(({ host }) => host)
}

function ownFreezes(report: ProjectReport, freezes: readonly HeldFreeze[]): string[] {
  const own = freezes.filter(({ project }) => project === report.project)
  return own.map((one) => describeHeld(one, namesOf(report)))
}

function windowLines({ project, window }: ProjectReport): string[] {
  return window.open ? [] : [describeWindow(project, window.opensAt)]
}

function stoppedLines({ project, rollout }: ProjectReport): string[] {
  if (!rollout?.isStopped) return []
  return [`the rollout ${rollout.id} of ${project} was stopped: too many hosts failed`]
}

function overviewTable(all: readonly ProjectReport[]): string[] {
  const head = ['PROJECT', 'HOST', 'DEPLOYS', 'LIVE', 'LAST', 'TAG', 'DIGEST', 'RELEASE', 'WHEN', 'WHY']
  const rows = all.flatMap(({ project, window, hosts }) =>
    hosts.map(({ host, freeze, live, last }) => [
      project,
      host,
      freeze ? 'frozen' : window.open ? 'go' : 'closed',
      live ? (live.tag ?? shortDigest(live)) : '-',
      ...(last ? cells(last) : ['-', '-', '-', '-', '-', '']),
    ]),
  )
  return formatTable([head, ...rows])
}

function historyTable(deployments: readonly Deployment[]): string[] {
  const head = ['DEPLOYMENT', 'HOST', 'STATE', 'TAG', 'DIGEST', 'RELEASE', 'WHEN', 'WHY']
  return formatTable([head, ...deployments.map((one) => [one.id, one.host, ...cells(one)])])
}

function releaseLines(hosts: readonly HostReleases[]): string[] {
  const rows = hosts.flatMap(({ host, releases }) =>
    releases.map((one) => [
      host,
      one.name,
      one.tag ?? '-',
      shorten(one.digest),
      isWhat(one),
      formatTime(one.copiedAt),
    ]),
  )
  if (rows.length === 0) return []
  return [
    'releases, as their hosts last told them; `slipway rollback` goes back to a good one',
    ...formatTable([['HOST', 'RELEASE', 'TAG', 'DIGEST', 'IS', 'COPIED'], ...rows]),
  ]
}

function isWhat({ live, status, present }: KnownRelease): string {
  const is = live ? 'live' : statusWords[status]
  return present ? is : `${is}, folder is gone`
}

const statusWords = { live: 'good', copied: 'never live', bad: 'bad' } as const

/** What a rollout is, then how far each of its hosts has come. */
function rolloutLines({ id, tag, digest, policy, isStopped, hosts }: RolloutReport): string[] {
  const what = [tag, digest && shorten(digest)].filter(Boolean).join(' ')
  const how = isStopped ? `${policy.order}, stopped because too many hosts failed` : policy.order
  const rows = hosts.map(({ host, deployment, state, turn }) => [
    `  ${host}`,
    deployment,
    state ?? 'not written',
    turnWords[turn],
  ])
  return [`rollout ${id} of ${what} (${how})`, ...formatTable(rows)]
}

const turnWords = {
  go: '',
  wait: 'waits for the hosts before it',
  stop: 'is not started',
  back: 'goes back',
} as const

function cells(deployment: Deployment): string[] {
  const { state, tag, release, acceptedAt, endedAt, errorCode } = deployment
  return [
    state,
    tag ?? '-',
    shortDigest(deployment),
    release ?? '-',
    formatTime(endedAt ?? acceptedAt),
    [errorCode, whyOf(deployment)].filter(Boolean).join(': ').replaceAll(/\s+/g, ' '),
  ]
}

function whyOf({ back, trigger, why }: Deployment): string | null {
  if (!back || trigger.kind !== 'command') return why
  const asked = `rollback by ${trigger.by}${trigger.reason ? ` (${trigger.reason})` : ''}`
  return why ? `${asked}: ${why}` : asked
}

function shortDigest({ resolvedDigest, digest }: Deployment): string {
  const known = resolvedDigest ?? digest
  return known ? shorten(known) : '-'
}

function shorten(digest: string): string {
  return digest.replace('sha256:', '').slice(0, 12)
}

function formatTime(milliseconds: number): string {
  return new Date(milliseconds)
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z$/, 'Z')
}
