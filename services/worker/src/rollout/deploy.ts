import {
  type AcceptedWant,
  asSlipwayError,
  type HostState,
  isHeld,
  isLowerVersion,
  type Migration,
  type Release,
  SlipwayError,
  type SwitchIntent,
  unhold,
} from '@slipway/core'
import type { RunEnd } from '@slipway/store'
import { leaveBad } from './roll-back.ts'
import type { DeployRun, Run } from './run.ts'
import { checkHealth } from './steps/check.ts'
import { copySource } from './steps/copy.ts'
import { linkShared } from './steps/link.ts'
import { runMigration } from './steps/migrate.ts'
import { pullImage } from './steps/pull.ts'
import { reloadServices } from './steps/reload.ts'
import { resolveImage } from './steps/resolve.ts'
import { switchRelease } from './steps/switch.ts'

/**
 * The walk forward: from what is wanted to what is live. Before `switch` a failure leaves nothing that visitors see
 * and is thrown; after it the walk ends in one of its outcomes.
 */
export async function deploy(run: DeployRun): Promise<RunEnd> {
  const { site, want, step } = run
  const { timeouts, migrate } = site.config
  const host = await site.releases.state()
  if (host.seq >= want.seq) return dealtWith(host, want)
  if (host.live && isLower(run, host.live)) return lowerVersion(host.live)

  const found = await step('resolve', { deadline: timeouts.resolve }, (signal) => resolveImage(run, signal))
  if (typeof found !== 'string') return superseded(found)
  const digest = await run.agree(found)
  if (!want.force && isHeld(host, digest)) throw held(digest)
  if (!want.force && host.live?.digest === digest && (await isServed(run, host.live))) {
    await site.releases.saveState({ ...host, seq: want.seq })
    return alreadyLive(host.live)
  }

  // A newer push makes the rest of this walk pointless, until the database was touched: then the code that fits it
  // has to follow.
  const newest = await run.newer(digest)
  if (newest) return superseded(newest)
  await step('pull', { deadline: timeouts.pull }, (signal) => pullImage(run, digest, signal))
  const release = await step('copy', { deadline: timeouts.copy }, (signal) => copySource(run, digest, signal))
  await step('link', { deadline: timeouts.link }, (signal) => linkShared(run, release, signal))
  const overtaken = await run.newer(digest)
  if (overtaken) return superseded(overtaken)
  const ready = migrate
    ? await step('migrate', { deadline: migrationDeadline(migrate) }, (signal) =>
        runMigration(run, release, migrate, signal),
      )
    : release

  const intent = await step('switch', { deadline: timeouts.switch }, (signal) =>
    switchRelease(run, ready, host.good, signal),
  )
  return settle(run, intent)
}

/** What follows a switch, whoever made it: tell the services, look, and keep the release or go back. */
export async function settle(run: Run, intent: SwitchIntent): Promise<RunEnd> {
  const { site, step } = run
  const { services, timeouts, check } = site.config
  try {
    await step('reload', { deadline: timeouts.reload }, (signal) => reloadServices(run, services, signal))
    const patience = { deadline: timeouts.check, lateCode: 'CHECK_FAILED' } as const
    if (check.length > 0) await step('check', patience, (signal) => checkHealth(run, check, signal))
  } catch (cause) {
    if (run.signal.aborted) throw cause
    return leaveBad(run, intent, cause)
  }
  return keep(run, intent)
}

// The site serves the new release and it is well. If that cannot be written down, it is still so: the note of the
// switch stays, and the next run writes it.
async function keep({ site, report }: Run, intent: SwitchIntent): Promise<RunEnd> {
  const live: Release = { ...intent.to, status: 'live' }
  const end = { release: live.name, resolvedDigest: live.digest }
  try {
    await site.releases.saveRelease(live)
    const before = unhold(await site.releases.state(), live.digest)
    await site.releases.saveState({ ...before, live, good: live, seq: live.seq })
    await site.releases.clearIntent()
    return { ...end, outcome: 'live' }
  } catch (error) {
    const { code, message } = asSlipwayError(error)
    report.line(`${code}: ${message}`)
    return { ...end, outcome: 'live-with-warnings', errorCode: code, why: message }
  }
}

/** An orphan may take as long as the migration itself; the rest is for the engine. */
function migrationDeadline({ timeout }: Migration): number {
  return 2 * timeout + 300_000
}

function isLower({ site, want }: DeployRun, live: Release): boolean {
  return want.tag !== null && live.tag !== null && isLowerVersion(site.config.tags, want.tag, live.tag)
}

async function isServed({ site }: DeployRun, live: Release): Promise<boolean> {
  return (
    live.status === 'live' &&
    (await site.releases.current())?.endsWith(`/${live.name}`) === true &&
    (await site.releases.isPresent(live))
  )
}

function alreadyLive(live: Release): RunEnd {
  return { outcome: 'already-live', release: live.name, resolvedDigest: live.digest }
}

/** A nudge that comes twice finds its own release; one that Redis forgot and remembered must not undo a newer one. */
function dealtWith({ live, seq }: HostState, want: AcceptedWant): RunEnd {
  if (live?.deployment === want.deployment) return { ...alreadyLive(live), outcome: 'live' }
  const why = `this host has dealt with a newer push already (seq ${seq})`
  return live ? { outcome: 'superseded', supersededBy: live.deployment, why } : { outcome: 'superseded', why }
}

function held(digest: string): SlipwayError {
  return new SlipwayError('DIGEST_HELD', `${digest} failed its check on this host before.`)
}

function lowerVersion(live: Release): RunEnd {
  return {
    outcome: 'superseded',
    supersededBy: live.deployment,
    why: `${live.tag} is live, and it is a higher version`,
  }
}

function superseded(newest: AcceptedWant): RunEnd {
  return {
    outcome: 'superseded',
    supersededBy: newest.deployment,
    why: 'a newer push arrived while this one was under way',
  }
}
