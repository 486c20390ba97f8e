import {
  asSlipwayError,
  currentTarget,
  formatImageName,
  type HostState,
  isOutcome,
  type ProjectHoldings,
  type Release,
} from '@slipway/core'
import type { RunStore } from '@slipway/store'
import { abortable } from '../abortable.ts'
import type { ReleaseRoots } from '../ports/release-roots.ts'
import type { Site } from '../rollout/run.ts'

export interface HoldingsTools {
  readonly store: Pick<RunStore, 'want' | 'deployment'>
  readonly roots: ReleaseRoots
}

export interface KnownHoldings extends ProjectHoldings {
  /** True when it is untouchable for a reason that a person should hear of: it does not pass by itself. */
  readonly isFault: boolean
}

/** Milliseconds; what is for Redis to answer is kept when it does not. */
const storeDeadline = 5_000
const nothingYet: HostState = { live: null, good: null, seq: 0 }
const nothing = { releases: [], state: nothingYet } as const

/**
 * What slipway knows of one project here. Whatever cannot be read makes it untouchable; so does a deploy or rollback that
 * has begun and not ended, whoever may be at it at this moment. Throws only what the signal says.
 */
export async function readHoldings(
  { store, roots }: HoldingsTools,
  site: Site,
  signal: AbortSignal,
): Promise<KnownHoldings> {
  const { release, migrate, services } = site.config
  const facts = {
    project: site.name,
    image: formatImageName(site.config.image),
    keep: release.keep,
    services,
    networks: migrate?.network === undefined ? [] : [migrate.network],
  }
  const [disk, wants] = await Promise.all([readDisk(roots, site), readWanted(store, site.name, signal)])
  signal.throwIfAborted()
  const { releases, state } = disk
  const stop = disk.stop ?? wants.stop
  return {
    ...{ ...facts, releases, state, wanted: wants.wanted },
    ...{ untouchable: stop?.why ?? null, isFault: stop?.isFault === true },
  }
}

/** Why nothing of a project may be touched. */
interface Stop {
  readonly why: string
  readonly isFault: boolean
}

const fault = (why: string): Stop => ({ why, isFault: true })
const passing = (why: string): Stop => ({ why, isFault: false })

interface OnDisk extends Pick<ProjectHoldings, 'releases' | 'state'> {
  readonly stop: Stop | null
}

async function readDisk(roots: ReleaseRoots, { config, releases: store }: Site): Promise<OnDisk> {
  const { root } = config.release
  try {
    const found = await roots.fault(root)
    if (found) return { ...nothing, stop: fault(`its release root is refused: ${found}`) }
    if (await roots.isUnused(root)) return { ...nothing, stop: null }
    const [releases, state, intent, current] = await Promise.all([
      store.releases(),
      store.state(),
      store.intent(),
      store.current(),
    ])
    return { releases, state, stop: whyUnsettled(releases, state, current, intent !== null) }
  } catch (error) {
    return { ...nothing, stop: fault(`its records cannot be read: ${asSlipwayError(error).message}`) }
  }
}

// What visitors get counts for more than what is written down: somebody went back by hand, or going back failed.
function whyUnsettled(
  releases: readonly Release[],
  state: HostState,
  current: string | null,
  hasIntent: boolean,
): Stop | null {
  if (hasIntent) return passing('a switch of it has not come to its end')
  const served = releases.find((release) => currentTarget(release) === current)
  return served && served.name !== state.live?.name
    ? fault(`${served.name} is served, and ${state.live?.name ?? 'nothing'} counts as live`)
    : null
}

async function readWanted(
  store: HoldingsTools['store'],
  project: string,
  signal: AbortSignal,
): Promise<{ readonly wanted: readonly string[]; readonly stop: Stop | null }> {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(storeDeadline)])
  try {
    const want = await abortable(store.want(project), limited)
    const record = want && (await abortable(store.deployment(want.deployment), limited))
    if (!want || !record || isOutcome(record.state)) return { wanted: [], stop: null }
    const wanted = [want.digest, record.resolvedDigest].filter((digest) => digest !== null)
    // A rollback may lead to any release there is.
    if (want.back) return { wanted, stop: passing('a rollback is under way') }
    return { wanted, stop: record.state === 'queued' ? null : passing('a deploy is under way') }
  } catch (error) {
    signal.throwIfAborted()
    const { message } = asSlipwayError(error)
    return { wanted: [], stop: fault(`what is wanted of it cannot be read: ${message}`) }
  }
}
