import {
  type Clock,
  type Deployment,
  type Freeze,
  type HostProgress,
  isStopped,
  judgeRollout,
  type Project,
  type Rollout,
  type Turn,
  type WindowState,
  wentLive,
  windowState,
} from '@slipway/core'
import type { RedisClient } from './connection.ts'
import { createDeploymentReader } from './deployment-reader.ts'
import { freezeOn, type HeldFreeze } from './freezing.ts'
import { createRolloutStore } from './rollout-store.ts'

/** A project as operators see it. */
export interface ProjectReport {
  readonly project: string
  /** Whether its maintenance windows let deploys go out now. */
  readonly window: WindowState
  readonly hosts: readonly HostReport[]
  /** The newest, of a project that has several hosts. */
  readonly rollout: RolloutReport | null
}

export interface HostReport {
  readonly host: string
  /** What holds deploys back now. */
  readonly freeze: Freeze | null
  /** The newest deployment that ended live, of those that are remembered. */
  readonly live: Deployment | null
  readonly last: Deployment | null
}

export interface RolloutReport extends Omit<Rollout, 'hosts'> {
  /** True when too many hosts have failed for the others to begin. */
  readonly isStopped: boolean
  readonly hosts: readonly (HostProgress & { readonly turn: Turn })[]
}

export interface ReportOptions {
  readonly redis: RedisClient
  readonly clock: Clock
  /** What `heldFreezes` found. */
  readonly freezes: readonly HeldFreeze[]
}

/** How many deployments of a host are looked at for the one that is live. */
const remembered = 10
const atOnce = 100

export async function reportOn(
  options: ReportOptions,
  name: string,
  project: Project,
): Promise<ProjectReport> {
  const { redis, clock, freezes } = options
  const hosts = await Promise.all(
    project.hosts.map(async (host): Promise<HostReport> => {
      const freeze = freezeOn(freezes, host, name)
      return { host, freeze, ...(await readEnds(redis, host, name)) }
    }),
  )
  const isFleet = project.hosts.length > 1
  const rollout = isFleet ? await readRollout(redis, clock, newestOf(hosts.map(({ last }) => last))) : null
  return { project: name, window: windowState(project.windows, clock.now()), hosts, rollout }
}

/** Every project, a few at a time: a command that waits behind thousands of others would be late for its deadline. */
export async function reportOnAll(
  options: ReportOptions,
  projects: Readonly<Record<string, Project>>,
): Promise<ProjectReport[]> {
  const all = Object.entries(projects)
  const reports: ProjectReport[] = []
  for (let at = 0; at < all.length; at += atOnce) {
    const some = all.slice(at, at + atOnce)
    reports.push(...(await Promise.all(some.map(([name, project]) => reportOn(options, name, project)))))
  }
  return reports
}

/** The newest deployments of a project on all of its hosts, newest first. */
export async function recentDeployments(
  redis: RedisClient,
  name: string,
  { hosts }: Pick<Project, 'hosts'>,
  limit: number = remembered,
): Promise<Deployment[]> {
  const found = await Promise.all(
    hosts.map((host) => createDeploymentReader(redis, host).deployments(name, limit)),
  )
  return found
    .flat()
    .toSorted((a, b) => b.seq - a.seq)
    .slice(0, limit)
}

// Mostly the last one is live, and a thousand projects are to cost no more than they must.
async function readEnds(
  redis: RedisClient,
  host: string,
  name: string,
): Promise<Pick<HostReport, 'live' | 'last'>> {
  const reader = createDeploymentReader(redis, host)
  const [last] = await reader.deployments(name, 1)
  if (!last) return { live: null, last: null }
  if (wentLive(last.state)) return { live: last, last }
  const earlier = await reader.deployments(name, remembered)
  return { live: earlier.find(({ state }) => wentLive(state)) ?? null, last }
}

function newestOf(deployments: readonly (Deployment | null)[]): Deployment | null {
  const inRollout = deployments.flatMap((one) => (one?.rollout ? [one] : []))
  return inRollout.toSorted((a, b) => b.seq - a.seq)[0] ?? null
}

async function readRollout(
  redis: RedisClient,
  clock: Clock,
  newest: Deployment | null,
): Promise<RolloutReport | null> {
  const store = createRolloutStore(redis, clock)
  const rollout = newest?.rollout ? await store.rollout(newest.rollout) : null
  if (!rollout) return null
  const progress = await store.progress(rollout)
  const turns = judgeRollout(rollout.policy, progress)
  const hosts = progress.map((one) => ({ ...one, turn: turns.get(one.host) ?? 'go' }))
  return { ...rollout, isStopped: isStopped(rollout.policy, progress), hosts }
}
