import {
  asSlipwayError,
  inTurns,
  type PollRecord,
  type PollTime,
  pollPause,
  pollTime,
  type Redact,
  SlipwayError,
} from '@slipway/core'
import type { PollStore } from '@slipway/store'
import type { Logger } from 'pino'
import { abortable } from '../abortable.ts'
import type { Timer } from '../ports/timer.ts'
import { nameProject } from '../rollout/name-project.ts'
import type { Site } from '../rollout/run.ts'
import { type PollProjectTools, pollProject } from './poll-project.ts'

export interface PollerTools extends Omit<PollProjectTools, 'onNews'> {
  readonly host: string
  readonly sites: ReadonlyMap<string, Site>
  readonly book: PollStore
  readonly timer: Pick<Timer, 'now'>
  readonly redact: Redact
  readonly log: Pick<Logger, 'info' | 'warn'>
}

/** Asks registries about the projects that are due. Resolves when it has; fails only when Redis does not answer. */
export type Poller = (signal: AbortSignal) => Promise<void>

const atOnce = 4
/** Milliseconds for one project, with all the pages of its tags. */
const projectDeadline = 30_000
/** Milliseconds after which no further project is begun: other work by the clock waits for the end of this. */
const tickBudget = 15_000
/** Milliseconds for which a registry that did not say how long is left alone by all projects. */
const restAfter = { REGISTRY_RATE_LIMITED: 60_000, REGISTRY_UNAVAILABLE: 30_000 } as const
const longestWhy = 300

/** The projects of this host with `poll`. Of a project with several hosts the first one polls for all. */
function polledSites(host: string, sites: ReadonlyMap<string, Site>): Site[] {
  return [...sites.values()].filter(({ config }) => config.poll && config.hosts[0] === host)
}

/** The poller of a host. It remembers in Redis what it has to, so a restart neither forgets a turn nor takes it twice. */
export function createPoller(tools: PollerTools): Poller {
  const { host, book, timer } = tools
  const polled = polledSites(host, tools.sites)
  const since = timer.now()
  // A copy, so that looking who is due costs Redis nothing.
  const known = new Map<string, PollRecord>()
  let isTidy = false

  function timeOf(site: Site, record: PollRecord | undefined): PollTime {
    const { name: project, config } = site
    const askedAt = record?.askedAt ?? null
    return pollTime({ project, every: everyOf(config), askedAt, since, now: timer.now() })
  }

  function isDue(site: Site): boolean {
    const record = known.get(site.name)
    return timeOf(site, record).isDue && (record?.backOffUntil ?? 0) <= timer.now()
  }

  return async (signal) => {
    if (!isTidy) await abortable(book.keepOnly(polled.map(({ name }) => name)), signal)
    isTidy = true
    const maybe = polled.filter(isDue)
    if (maybe.length === 0) return
    const records = await abortable(book.records(maybe.map(({ name }) => name)), signal)
    // Another worker of this host may have asked meanwhile; and a Redis that was emptied knows nothing any more.
    for (const { name } of maybe) {
      const record = records.get(name)
      if (record) known.set(name, record)
      else known.delete(name)
    }
    const registries = new Set(maybe.map(({ config }) => config.image.registry))
    const pauses = new Map(await abortable(book.pauses([...registries]), signal))
    const begun = timer.now()
    await inTurns(maybe.filter(isDue), atOnce, async (site) => {
      const { registry } = site.config.image
      const now = timer.now()
      if (now - begun > tickBudget || (pauses.get(registry) ?? 0) > now) return
      const record = await pollOnce(site, known.get(site.name) ?? null, signal)
      known.set(site.name, record.kept)
      if (record.rest > 0) pauses.set(registry, timer.now() + record.rest)
    })
  }

  async function pollOnce(
    site: Site,
    last: PollRecord | null,
    signal: AbortSignal,
  ): Promise<{ kept: PollRecord; rest: number }> {
    const { turn } = timeOf(site, last ?? undefined)
    const askedAt = timer.now()
    const limited = withDeadline(signal, site.name)
    try {
      const answers = await pollProject({ ...tools, onNews }, { site, turn, last, signal: limited.signal })
      return { kept: await keep(site, last, { askedAt, answers, error: null }, signal), rest: 0 }
    } catch (thrown) {
      const error = asSlipwayError(
        nameProject(limited.signal.aborted ? limited.signal.reason : thrown, site.name),
      )
      signal.throwIfAborted()
      if (error.code === 'REDIS_UNAVAILABLE') throw error
      const rest = restOf(error)
      if (rest > 0) {
        const now = timer.now()
        await abortable(book.pause(site.config.image.registry, now + rest, now), signal)
      }
      const answers = last?.answers ?? {}
      return { kept: await keep(site, last, { askedAt, answers, error }, signal), rest }
    } finally {
      limited.end()
    }
  }

  async function keep(
    site: Site,
    last: PollRecord | null,
    {
      askedAt,
      answers,
      error,
    }: Pick<PollRecord, 'askedAt' | 'answers'> & { readonly error: SlipwayError | null },
    signal: AbortSignal,
  ): Promise<PollRecord> {
    const every = everyOf(site.config)
    const failures = error ? (last?.failures ?? 0) + 1 : 0
    const backOffUntil = error ? askedAt + pollPause(failures, every) : null
    const { at } = pollTime({ project: site.name, every, askedAt, since, now: askedAt })
    const record: PollRecord = {
      askedAt,
      nextAt: Math.max(at, backOffUntil ?? 0),
      backOffUntil,
      failures,
      errorCode: error?.code ?? null,
      why: error ? tools.redact(error.message).slice(0, longestWhy) : null,
      answers,
    }
    tellChange(site.name, last, record)
    await abortable(book.save(site.name, record), signal)
    return record
  }

  // One line where it begins and one where it ends: a registry that is away for a night is one story.
  function tellChange(project: string, last: PollRecord | null, { errorCode, why }: PollRecord): void {
    if (errorCode === (last?.errorCode ?? null)) return
    if (errorCode) tools.log.warn({ project, code: errorCode, why }, 'poll: the registry cannot be asked')
    else tools.log.info({ project }, 'poll: the registry answers again')
  }

  function onNews(project: string, news: object): void {
    tools.log.info({ project, ...news }, 'poll: the registry has what nobody told of')
  }
}

function everyOf({ poll }: Site['config']): number {
  return poll?.every ?? Number.POSITIVE_INFINITY
}

function restOf({ code, retryAfterMs }: SlipwayError): number {
  if (code !== 'REGISTRY_RATE_LIMITED' && code !== 'REGISTRY_UNAVAILABLE') return 0
  return retryAfterMs ?? restAfter[code]
}

function withDeadline(signal: AbortSignal, project: string) {
  const late = new AbortController()
  const why = `The registry of ${project} took longer than ${projectDeadline} ms to be polled.`
  const timer = setTimeout(() => late.abort(new SlipwayError('REGISTRY_UNAVAILABLE', why)), projectDeadline)
  return { signal: AbortSignal.any([signal, late.signal]), end: () => clearTimeout(timer) }
}
