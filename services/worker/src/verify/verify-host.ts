import {
  type ErrorCode,
  isSameDrift,
  type Redact,
  readVerifyRequest,
  type Verification,
  type VerifyRequest,
} from '@slipway/core'
import type { DriftStore } from '@slipway/store'
import type { Logger } from 'pino'
import type { JobResult } from '../clock-job.ts'
import { driftNotice } from '../notices/drift-notice.ts'
import type { Notifier } from '../ports/notifier.ts'
import type { Site } from '../rollout/run.ts'
import { type VerifySiteTools, verifySite } from './verify-site.ts'

export interface VerifyTools extends VerifySiteTools {
  readonly sites: ReadonlyMap<string, Site>
  readonly drifts: DriftStore
  readonly notifier: Pick<Notifier, 'tell'>
  readonly redact: Redact
  readonly log: Logger
}

/** Does what one job asks for, and keeps what was found. */
export async function verifyOne(tools: VerifyTools, data: unknown, signal: AbortSignal): Promise<void> {
  const asked = readVerifyRequest(data)
  if (!asked) throw new Error('this job names no project to look at')
  await lookAndKeep(tools, asked, signal)
}

/** Looks quickly at the live release of every project of this host, one after the other. */
export async function verifyAll(tools: VerifyTools, signal: AbortSignal): Promise<JobResult> {
  const [drifted, unseen]: [string[], string[]] = [[], []]
  for (const project of verifiable(tools.sites)) {
    signal.throwIfAborted()
    const found = await lookAndKeep(tools, { project, quick: true, request: null }, signal)
    if (found.outcome === 'drift') drifted.push(project)
    if (found.outcome === 'failed' && !isUnreleased(found)) unseen.push(project)
  }
  if (drifted.length + unseen.length === 0) return { outcome: 'done' }
  const parts = [
    drifted.length > 0 ? `not as deployed: ${drifted.join(', ')}` : '',
    unseen.length > 0 ? `could not be looked at: ${unseen.join(', ')}` : '',
  ]
  return { outcome: 'problems', why: parts.filter(Boolean).join('; ') }
}

async function lookAndKeep(
  tools: VerifyTools,
  { project, quick, request }: VerifyRequest,
  signal: AbortSignal,
): Promise<Verification> {
  const found = await look(tools, project, quick, signal)
  await tell(tools, found)
  await tools.drifts.keep(found, request)
  return found
}

// A project that waits for its first deploy is no matter for a person.
function isUnreleased({ errorCode }: Verification): boolean {
  return errorCode === ('RELEASE_UNKNOWN' satisfies ErrorCode)
}

/** The projects of this host whose live release can be looked at. */
export function verifiable(sites: VerifyTools['sites']): string[] {
  return [...sites.values()].filter(({ config }) => config.strategy === 'source').map(({ name }) => name)
}

async function look(
  tools: VerifyTools,
  project: string,
  quick: boolean,
  signal: AbortSignal,
): Promise<Verification> {
  const { host, sites, timer, redact } = tools
  const site = sites.get(project)
  if (!site) {
    const why = `No project ${project} is configured for the worker of ${host}.`
    const nothing = {
      report: null,
      strayed: null,
      outcome: 'failed',
      errorCode: 'PROJECT_UNKNOWN',
      why,
    } as const
    return { project, host, at: timer.now(), quick, ...nothing }
  }
  const found = await verifySite(tools, site, quick, signal)
  return { ...found, why: found.why && redact(found.why) }
}

/** Who was told of some drift is not told of the same drift again. */
async function tell({ drifts, notifier, log }: VerifyTools, found: Verification): Promise<void> {
  const { project, outcome, report, strayed, errorCode, why } = found
  if (outcome === 'failed') {
    const level = isUnreleased(found) ? 'info' : 'warn'
    log[level]({ project, errorCode, why }, 'the live release was not verified')
  }
  if (outcome !== 'drift') return
  const { release, counts } = report ?? {}
  log.error({ project, release, counts, strayed }, 'the live release is not what was deployed')
  const last = await drifts.last(project)
  if (!last || !isSameDrift(last, found)) notifier.tell(driftNotice(found))
}
