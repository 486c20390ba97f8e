import {
  type AcceptedWant,
  afterCheck,
  asSlipwayError,
  type HostState,
  isHeld,
  isLowerVersion,
  type Release,
  SlipwayError,
  type SwitchIntent,
} from '@slipway/core'
import type { RunEnd } from '@slipway/store'
import { cooldownOf } from './cooldown.ts'
import { liftMaintenance } from './maintenance.ts'
import { Postponed } from './postponed.ts'
import { requireTrust } from './require-trust.ts'
import { leaveBad, wentBackWords } from './roll-back.ts'
import type { DeployRun, Run } from './run.ts'
import { checkDeadline, checkHealth, watchHealth } from './steps/check.ts'
import { copySource } from './steps/copy.ts'
import { linkShared } from './steps/link.ts'
import { migrationDeadline, runMigration } from './steps/migrate.ts'
import { pullImage } from './steps/pull.ts'
import { commitServices, isRunByServices, reloadDeadline, reloadServices } from './steps/reload.ts'
import { resolveImage } from './steps/resolve.ts'
import { switchRelease } from './steps/switch.ts'

/**
 * The walk forward: from what is wanted to what is live. Before `switch` a failure leaves nothing that visitors see
 * and is thrown; after it the walk ends in one of its outcomes.
 * @throws Postponed when the image has to wait for its cooldown; nothing was pulled then
 */
export async function deploy(run: DeployRun): Promise<RunEnd> {
  try {
    return await walk(run)
  } finally {
    // A migration goes on when its run has to stop, and what follows it is the next start's.
    if (!run.signal.aborted) await liftMaintenance(run)
  }
}

async function walk(run: DeployRun): Promise<RunEnd> {
  const { site, want, step } = run
  const { timeouts, migrate } = site.config
  const host = await site.releases.state()
  if (host.seq >= want.seq) return dealtWith(host, want)
  if (host.live && isLower(run, host.live)) return lowerVersion(host.live)

  const found = await step('resolve', { deadline: timeouts.resolve }, async (signal) => {
    const answer = await resolveImage(run, signal)
    return typeof answer === 'string' ? ((await cooldownOf(run, answer, signal)) ?? answer) : answer
  })
  if (found instanceof Postponed) throw found
  if (typeof found !== 'string') return superseded(found)
  const digest = await run.agree(found)
  if (digest !== found) {
    await step('resolve', { deadline: timeouts.resolve }, (signal) => requireTrust(run, digest, signal))
  }
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
  const { check, watch } = site.config
  const served = { release: intent.to, leaving: null }
  try {
    await step('reload', { deadline: reloadDeadline(site.config) }, (signal) =>
      reloadServices(run, served, signal),
    )
    await liftMaintenance(run)
    const patience = { deadline: checkDeadline(site.config), lateCode: 'CHECK_FAILED' } as const
    if (check.length > 0) {
      await step('check', patience, async (signal) => {
        await checkHealth(run, check, signal)
        await watchHealth(run, check, watch, signal)
      })
    }
  } catch (cause) {
    if (run.signal.aborted) throw cause
    return leaveBad(run, intent, cause)
  }
  return keep(run, intent)
}

// The site serves the new release and it is well. If that cannot be written down, it is still so: the note of the
// switch stays, and the next run writes it.
async function keep(run: Run, intent: SwitchIntent): Promise<RunEnd> {
  const { site, report } = run
  const live: Release = { ...intent.to, status: 'live' }
  const end = { release: live.name, resolvedDigest: live.digest }
  try {
    await site.releases.saveRelease(live)
    await site.releases.saveState(afterCheck(await site.releases.state(), live, intent))
    await site.releases.clearIntent()
    await commitServices(run)
    return {
      ...end,
      outcome: 'live',
      ...(intent.rollback ? { why: wentBackWords(intent.rollback, live) } : {}),
    }
  } catch (error) {
    const { code, message } = asSlipwayError(error)
    report.line(`${code}: ${message}`)
    return { ...end, outcome: 'live-with-warnings', errorCode: code, why: message }
  }
}

function isLower({ site, want }: DeployRun, live: Release): boolean {
  return want.tag !== null && live.tag !== null && isLowerVersion(site.config.tags, want.tag, live.tag)
}

/** True when visitors get this release, and it passed its check. */
export async function isServed(run: Run, live: Release): Promise<boolean> {
  const { site } = run
  return (
    live.status === 'live' &&
    (await site.releases.current())?.endsWith(`/${live.name}`) === true &&
    (await site.releases.isPresent(live)) &&
    (await isRunByServices(run, live))
  )
}

function alreadyLive(live: Release): RunEnd {
  return { outcome: 'already-live', release: live.name, resolvedDigest: live.digest }
}

/** A nudge that comes twice finds its own release; one that Redis forgot and remembered must not undo a newer one. */
export function dealtWith({ live, seq, wentBack }: HostState, want: AcceptedWant): RunEnd {
  const isOwn = wentBack?.deployment === want.deployment && wentBack.release === live?.name
  if (live && (isOwn || live.deployment === want.deployment)) return { ...alreadyLive(live), outcome: 'live' }
  const why = `this host has dealt with a newer push already (seq ${seq})`
  return live ? { outcome: 'superseded', supersededBy: live.deployment, why } : { outcome: 'superseded', why }
}

function held(digest: string): SlipwayError {
  return new SlipwayError(
    'DIGEST_HELD',
    `${digest} failed its check on this host before, or was left by a rollback.`,
  )
}

function lowerVersion(live: Release): RunEnd {
  return {
    outcome: 'superseded',
    supersededBy: live.deployment,
    why: `${live.tag} is live, and it is a higher version`,
  }
}

/** What overtakes a walk, in words. */
export function whatArrived({ back }: AcceptedWant): string {
  return back ? 'a rollback was asked for' : 'a newer push arrived'
}

export function superseded(newest: AcceptedWant): RunEnd {
  return {
    outcome: 'superseded',
    supersededBy: newest.deployment,
    why: `${whatArrived(newest)} while this one was under way`,
  }
}
