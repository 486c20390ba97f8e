import {
  type AcceptedWant,
  type BackTarget,
  type Clock,
  type Config,
  type Deployment,
  type Freeze,
  formatImageName,
  hostsOf,
  type Project,
  type PruneRecord,
  type RunAnswer,
  rollbacksOf,
  SlipwayError,
  type Verification,
} from '@slipway/core'
import {
  askRedis,
  createControl,
  createDeploymentReader,
  createMaintenanceDesk,
  createPruneStore,
  createPushStore,
  createRefusedCallsStore,
  freezeProjects,
  type HeldFreeze,
  type HostReleases,
  heldFreezes,
  knownReleases,
  type ProjectReport,
  type RedisClient,
  type RefusedCalls,
  type RequestState,
  recentDeployments,
  reportOn,
  reportOnAll,
  reportSchedules,
  type ScheduleReport,
  type SoughtCalls,
  unfreezeProjects,
} from '@slipway/store'

/** What operators may see and do. Each rejects with REDIS_UNAVAILABLE when Redis does not answer in time. */
export interface Operations {
  overview(): Promise<Overview>
  /** @throws SlipwayError PROJECT_UNKNOWN */
  project(name: string): Promise<ProjectDetail>
  /** @throws SlipwayError DEPLOYMENT_UNKNOWN */
  deployment(id: string): Promise<Deployment>
  log(deployment: Deployment): Promise<string[]>
  /** @throws SlipwayError DEPLOYMENT_UNKNOWN, DEPLOYMENT_ENDED */
  cancel(id: string, by: string): Promise<'cancelled' | 'asked'>
  /** @throws SlipwayError DEPLOYMENT_UNKNOWN, DEPLOYMENT_ENDED */
  retry(id: string): Promise<void>
  /** Asks each host to go back; whether there is such a release, the host knows. @throws SlipwayError PROJECT_UNKNOWN */
  rollBack(project: string, terms: RollbackTerms): Promise<AcceptedWant[]>
  /** Those that hold back now. */
  freezes(): Promise<HeldFreeze[]>
  /** Null freezes everything. @throws SlipwayError PROJECT_UNKNOWN */
  freeze(project: string | null, terms: FreezeTerms): Promise<HeldFreeze>
  /** @throws SlipwayError PROJECT_UNKNOWN */
  unfreeze(project: string | null): Promise<Unfrozen>
  /** Asks the workers of a project to look at its live releases. @throws SlipwayError PROJECT_UNKNOWN */
  verify(project: string, quick: boolean): Promise<VerifyRequested[]>
  /** What the last looks found. @throws SlipwayError PROJECT_UNKNOWN */
  verifications(project: string): Promise<Verification[]>
  /** Calls of webhooks that were refused, the newest first. */
  refusedCalls(sought: SoughtCalls): Promise<RefusedCalls[]>
  /** The jobs by the clock of every host. */
  schedules(): Promise<ScheduleReport[]>
  /** What the last prunes did, of one host or of all. @throws SlipwayError PROJECT_UNKNOWN for a host that is not known */
  prunes(host: string | undefined, count: number): Promise<PruneRecord[]>
  /** Asks workers to prune, or to plan it. @throws SlipwayError PROJECT_UNKNOWN for a host that is not known */
  prune(host: string | undefined, terms: PruneTerms): Promise<PruneRequested[]>
  /** @throws SlipwayError PROJECT_UNKNOWN for a host that is not known */
  pruneAnswer(host: string, request: string): Promise<PruneAnswer>
  /** Closes the connection too. */
  close(): Promise<void>
}

export interface Overview {
  readonly freezes: readonly HeldFreeze[]
  readonly projects: readonly ProjectReport[]
}

export interface ProjectDetail extends ProjectReport {
  /** `registry/repository`. */
  readonly image: string
  /** The newest of all hosts, newest first. */
  readonly deployments: readonly Deployment[]
  /** In the order of the hosts, as they last told them. */
  readonly releases: readonly HostReleases[]
}

export interface RollbackTerms {
  readonly by: string
  readonly back: BackTarget
  readonly reason: string | undefined
  /** Undefined for every host of the project. */
  readonly host: string | undefined
}

export interface VerifyRequested {
  readonly host: string
  readonly request: string
}

export interface PruneTerms {
  readonly by: string
  readonly isDryRun: boolean
}

export type PruneRequested = VerifyRequested

export interface PruneAnswer {
  readonly state: RequestState
  readonly answer: RunAnswer | null
}

export type FreezeTerms = Pick<Freeze, 'by' | 'until' | 'reason'>

export interface Unfrozen {
  /** False when there was nothing to end. */
  readonly wasFrozen: boolean
  /** What holds these projects back all the same. */
  readonly left: readonly HeldFreeze[]
}

export interface OperationsOptions {
  /** One that fails fast: what was asked for must not happen long after it was answered with an error. */
  readonly redis: RedisClient
  readonly config: Pick<Config, 'projects' | 'retry' | 'schedules'>
  readonly clock: Clock
}

// Below what the listener allows for an answer, so that the caller hears the reason.
const overviewDeadline = 8_000

export function createOperations({ redis, config, clock }: OperationsOptions): Operations {
  const { projects, retry } = config
  const control = createControl({ redis, retry, clock })
  const pushes = createPushStore({ redis, retry, clock })
  const desk = createMaintenanceDesk(redis)
  const everyHost = hostsOf({ projects })

  function projectNamed(name: string): Project {
    // Own properties only: "constructor" is no project.
    const found = Object.hasOwn(projects, name) ? projects[name] : undefined
    if (found) return found
    throw new SlipwayError('PROJECT_UNKNOWN', `There is no project "${name}" in the configuration.`)
  }

  const hostsFor = (name: string | null) => (name === null ? everyHost : projectNamed(name).hosts)
  function hostNamed(host: string): string {
    if (everyHost.includes(host)) return host
    throw new SlipwayError('PROJECT_UNKNOWN', 'No project is on that host.')
  }

  const theHosts = (host: string | undefined) => (host === undefined ? everyHost : [hostNamed(host)])
  const held = (hosts: readonly string[]) => askRedis(heldFreezes(redis, hosts, clock.now()))
  const find = (id: string) => askRedis(control.find(id, everyHost))

  return {
    async overview() {
      const freezes = await held(everyHost)
      return {
        freezes,
        projects: await askRedis(reportOnAll({ redis, clock, freezes }, projects), overviewDeadline),
      }
    },
    async project(name) {
      const project = projectNamed(name)
      const freezes = await held(project.hosts)
      const [report, deployments, releases] = await askRedis(
        Promise.all([
          reportOn({ redis, clock, freezes }, name, project),
          recentDeployments(redis, name, project),
          knownReleases(redis, name, project),
        ]),
      )
      return { ...report, image: formatImageName(project.image), deployments, releases }
    },
    deployment: find,
    log: ({ id, host }) => askRedis(createDeploymentReader(redis, host).log(id)),
    cancel: async (id, by) => askRedis(control.cancel(await find(id), by)),
    retry: async (id) => askRedis(control.retry(await find(id))),
    async rollBack(name, { by, back, reason, host }) {
      const project = projectNamed(name)
      if (host !== undefined && !project.hosts.includes(host))
        throw new SlipwayError('PROJECT_UNKNOWN', `Project ${name} is not on that host.`)
      const wanted = rollbacksOf(name, project, back, host === undefined ? project.hosts : [host])
      return pushes.accept(wanted, { kind: 'command', by, ...(reason === undefined ? {} : { reason }) })
    },
    freezes: () => held(everyHost),
    async freeze(project, terms) {
      const hosts = hostsFor(project)
      const freeze = { project, since: clock.now(), ...terms }
      await askRedis(freezeProjects(control, projects, freeze))
      return { ...freeze, hosts }
    },
    async unfreeze(project) {
      const hosts = hostsFor(project)
      const wasFrozen = await askRedis(unfreezeProjects(redis, control, projects, project))
      const concerned = (one: HeldFreeze) =>
        project === null || one.project === null || one.project === project
      return { wasFrozen, left: (await held(hosts)).filter(concerned) }
    },
    async verify(project, quick) {
      const asked = projectNamed(project).hosts.map(async (host) => {
        return { host, request: await desk.verify(host, project, quick) }
      })
      return askRedis(Promise.all(asked))
    },
    async verifications(project) {
      const found = projectNamed(project).hosts.map((host) => desk.lastVerification(host, project))
      return (await askRedis(Promise.all(found))).filter((one) => one !== null)
    },
    refusedCalls: (sought) => askRedis(createRefusedCallsStore(redis, clock).read(sought)),
    schedules: () => askRedis(reportSchedules(desk, config, everyHost)),
    async prunes(host, count) {
      const found = theHosts(host).map((one) => createPruneStore(redis, one).history(count))
      return (await askRedis(Promise.all(found))).flat()
    },
    async prune(host, terms) {
      const asked = theHosts(host).map(async (one) => {
        return { host: one, request: await desk.run(one, 'prune', terms) }
      })
      return askRedis(Promise.all(asked))
    },
    async pruneAnswer(host, request) {
      const state = await askRedis(desk.state(hostNamed(host), request))
      // After the state, so that an answer that was written in between is not missed.
      return { state, answer: await askRedis(desk.answer(host, request)) }
    },
    async close() {
      await desk.close()
      await control.close()
      await pushes.close()
    },
  }
}
