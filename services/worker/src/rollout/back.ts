import {
  type AcceptedWant,
  type BackChoice,
  type BackQuestion,
  type BackTarget,
  chooseBack,
  currentTarget,
  type HostState,
  type Release,
  SlipwayError,
  whatThereIs,
} from '@slipway/core'
import type { RunEnd } from '@slipway/store'
import { dealtWith, isServed, settle, superseded } from './deploy.ts'
import type { DeployRun } from './run.ts'
import { isSound } from './soundness.ts'
import { copySource } from './steps/copy.ts'
import { linkShared } from './steps/link.ts'
import { pullImage } from './steps/pull.ts'
import { resolveImage } from './steps/resolve.ts'
import { switchRelease } from './steps/switch.ts'

/** Where a rollback leads, once it is known that it can. */
type Found =
  | Exclude<BackChoice, { readonly kind: 'refused' }>
  | { readonly kind: 'overtaken'; readonly by: AcceptedWant }

/**
 * The walk back that a person asked for: to a release that was well once, by the same switch, reload and check as any
 * other. No migration is run, neither forward nor back. Before `switch` a failure leaves nothing that visitors see and is
 * thrown; after it the walk ends in one of its outcomes.
 */
export async function goBackTo(run: DeployRun, target: BackTarget): Promise<RunEnd> {
  const { site, want, report, step } = run
  const { timeouts } = site.config
  const host = await site.releases.state()
  if (host.seq >= want.seq) return dealtWith(host, want)

  const { question, found } = await step('resolve', { deadline: timeouts.resolve }, async (signal) => {
    const asked = await readQuestion(run, host, target)
    return { question: asked, found: await find(run, asked, signal) }
  })
  if (found.kind === 'overtaken') return superseded(found.by)
  if (found.kind === 'here') return alreadyThere(run, host, found.release)
  const release =
    found.kind === 'release'
      ? await withImage(run, found.release)
      : await copyAgain(run, question, found.digest)
  if (!('copiedAt' in release)) return superseded(release)
  report.line(`goes back to ${release.name}; the database is not changed back: no migration is run`)

  const { from } = question
  const before = host.live?.status === 'live' && host.live.name !== release.name ? host.live : null
  const rollback = { seq: want.seq, left: from && { name: from.name, digest: from.digest } }
  const intent = await step('switch', { deadline: timeouts.switch }, (signal) =>
    switchRelease(run, release, before, signal, rollback),
  )
  return settle(run, intent)
}

async function readQuestion(run: DeployRun, state: HostState, target: BackTarget): Promise<BackQuestion> {
  const { releases } = run.site
  const all = await releases.releases()
  const known = await Promise.all(
    all.map(async (release) => ({ release, isPresent: await releases.isPresent(release) })),
  )
  const current = await releases.current()
  // After a walk that went wrong both ways nothing counts as live, and visitors get something all the same.
  const from = state.live ?? all.find((release) => currentTarget(release) === current) ?? null
  const isHere = state.live !== null && (await isServed(run, state.live))
  return { known, state, from, isServed: isHere, target }
}

async function find(run: DeployRun, question: BackQuestion, signal: AbortSignal): Promise<Found> {
  const chosen = chooseBack(question)
  if (chosen.kind === 'refused') throw refusal(chosen.why)
  if (chosen.kind === 'here') return chosen
  if (chosen.kind === 'release') {
    const { name, digest } = chosen.release
    run.report.state('resolve', { resolvedDigest: digest, release: name })
    if (await isSound(run, chosen.release, signal)) return chosen
    run.report.line(`[resolve] ${name} is not switched to as it is; its image is copied out again`)
  }
  const digest = chosen.kind === 'release' ? chosen.release.digest : chosen.digest
  return askForImage(run, question, digest, signal)
}

// What this host once served needs no registry as long as the engine has it: going back is for bad days.
async function askForImage(
  run: DeployRun,
  question: BackQuestion,
  digest: string,
  signal: AbortSignal,
): Promise<Found> {
  const { want, engine, report } = run
  if (goodOne(question, digest) && (await engine.hasImage(run.site.config.image, digest, signal))) {
    report.line(`[resolve] the engine still has ${digest}`)
    return { kind: 'image', digest }
  }
  try {
    const byDigest = { ...run, want: { ...want, tag: null, digest }, pinned: null }
    const answer = await resolveImage(byDigest, signal)
    return typeof answer === 'string' ? { kind: 'image', digest } : { kind: 'overtaken', by: answer }
  } catch (cause) {
    if (!(cause instanceof SlipwayError) || cause.code !== 'IMAGE_NOT_FOUND') throw cause
    const why = `No whole release here is of ${digest}, and its image is gone: ${cause.message}`
    throw refusal(`${why} ${whatThereIs(question)}`, cause)
  }
}

/** A release of its own out of an image that was live once; the newer want, when one arrived meanwhile. */
async function copyAgain(
  run: DeployRun,
  question: BackQuestion,
  digest: string,
): Promise<Release | AcceptedWant> {
  const { step, want } = run
  const { timeouts } = run.site.config
  const before = await run.newer(digest)
  if (before) return before
  const tagged = { ...run, want: { ...want, tag: goodOne(question, digest)?.tag ?? null } }
  await step('pull', { deadline: timeouts.pull }, (signal) => pullImage(tagged, digest, signal))
  const release = await step('copy', { deadline: timeouts.copy }, (signal) =>
    copySource(tagged, digest, signal),
  )
  await step('link', { deadline: timeouts.link }, (signal) => linkShared(tagged, release, signal))
  return (await run.newer(digest)) ?? release
}

/** Where the image itself is what runs, the engine has to have it; under the name that goes with the release. */
async function withImage(run: DeployRun, release: Release): Promise<Release> {
  const { source, timeouts } = run.site.config
  if (source) return release
  const asThen = { ...run, want: { ...run.want, seq: release.seq } }
  await run.step('pull', { deadline: timeouts.pull }, (signal) => pullImage(asThen, release.digest, signal))
  return release
}

async function alreadyThere({ site, want }: DeployRun, host: HostState, live: Release): Promise<RunEnd> {
  const wentBack = { deployment: want.deployment, release: live.name }
  await site.releases.saveState({ ...host, seq: want.seq, wentBack })
  return { outcome: 'already-live', release: live.name, resolvedDigest: live.digest }
}

function goodOne({ known }: BackQuestion, digest: string): Release | undefined {
  return known.find(({ release }) => release.digest === digest && release.status === 'live')?.release
}

function refusal(why: string, cause?: unknown): SlipwayError {
  return new SlipwayError('ROLLBACK_REFUSED', why, { cause })
}
