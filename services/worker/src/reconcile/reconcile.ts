import { asSlipwayError, intentSeq, isFrozen, wantsOf } from '@slipway/core'
import type { PushStore, ReconcileStore, RunStore, Surveyed } from '@slipway/store'
import { type AdmissionTools, admit, young } from '../admission.ts'
import { readKnownReleases } from '../rollout/known-releases.ts'
import type { Site } from '../rollout/run.ts'
import { diagnose, type HostFacts } from './diagnose.ts'
import { type SweepTools, sweepContainers, sweepFolders, sweepMaintenance } from './sweep.ts'

export interface ReconcileTools extends AdmissionTools, SweepTools {
  readonly host: string
  readonly store: Pick<RunStore, 'want' | 'deployment' | 'freeze'>
  readonly book: ReconcileStore
  readonly pushes: Pick<PushStore, 'accept'>
  readonly timer: AdmissionTools['timer']
}

/**
 * Compares what is wanted, what this host has and what became of it, for each project, and mends what was lost on the
 * way: jobs removed by hand, stray keys, a Redis that was emptied, a switch without an end, what dead runs left. A
 * project that cannot be mended is told and keeps no other from being looked at.
 */
export async function reconcile(tools: ReconcileTools, signal: AbortSignal): Promise<void> {
  const epoch = await tools.book.epoch()
  for (const surveyed of await tools.book.survey([...tools.sites.keys()])) {
    signal.throwIfAborted()
    await guarded(tools, surveyed.project, () => mend(tools, surveyed, epoch))
  }
  await guarded(tools, '', () => sweepContainers(tools, signal))
}

async function mend(tools: ReconcileTools, surveyed: Surveyed, epoch: string): Promise<void> {
  const site = tools.sites.get(surveyed.project)
  if (!site) return
  const facts = await readFacts(site)
  const found = diagnose(surveyed, facts, epoch)
  const { project } = surveyed
  if (found.isLost)
    tools.tell({ project, what: 'Redis has lost what it knew of this project', isAlarm: true })
  if (found.reopen) await tools.book.reopen(project, found.reopen.deployment, found.reopen.from)
  // Unless Redis lost something its newest seq is the larger one anyhow.
  if (found.isLost) await keepGrowing(tools, site, facts)
  if (found.wantAgain !== null) await wantAgain(tools, site, found.wantAgain)
  if (found.nudge !== null) await nudge(tools, project, found.nudge, facts)
  if (found.rollout && isYoung(surveyed, tools.timer.now())) await followRollout(tools, site)
  if (facts.state.seq > 0 && facts.epoch !== epoch) await site.releases.saveEpoch(epoch)
  // Somebody may have deleted a folder by hand, or emptied Redis.
  if (facts.state.seq > 0)
    await tools.book.tellReleases(project, await readKnownReleases(site), { epoch, at: tools.timer.now() })
  await sweepFolders(tools, site)
  await sweepMaintenance(tools, site)
}

/** A rollout of an hour ago has come to rest, whatever came of it: a seq is the time in microseconds. */
function isYoung({ want }: Surveyed, now: number): boolean {
  return want !== null && want.seq / 1_000 > now - young
}

async function readFacts({ releases }: Site): Promise<HostFacts> {
  const [state, intent, epoch] = await Promise.all([releases.state(), releases.intent(), releases.epoch()])
  // What was switched to will have been dealt with when something newer is walked.
  const live = state.live ?? intent?.to ?? null
  const seq = Math.max(state.seq, intent ? intentSeq(intent) : 0)
  return { state: { live, seq }, hasIntent: intent !== null, epoch }
}

/** A host wins over a Redis that knows less: later pushes get a larger seq than what it has dealt with. */
async function keepGrowing(
  { book, tell }: ReconcileTools,
  { name: project, config }: Site,
  { state }: HostFacts,
): Promise<void> {
  const moved = await book.raise(project, state.seq, true, config.hosts[0])
  if (moved) tell({ project, what: 'a push that was accepted since was moved in front of what is live' })
}

// What was accepted and not yet deployed is gone, and its sender will not call again. The registry still knows it.
async function wantAgain({ host, pushes, tell }: ReconcileTools, site: Site, tag: string): Promise<void> {
  await pushes.accept(wantsOf(site.name, site.config, { tag, digest: null }, [host]), { kind: 'reconcile' })
  tell({ project: site.name, what: `the registry is asked again what the tag ${tag} is` })
}

async function nudge(tools: ReconcileTools, project: string, why: string, facts: HostFacts): Promise<void> {
  const freeze = await tools.store.freeze(project)
  // Nothing would come of it but a line in the log; its end wakes the project.
  if (freeze && isFrozen(freeze, tools.timer.now()) && !facts.hasIntent) return
  if (await tools.nudger.nudgeIfIdle(tools.host, project)) tools.tell({ project, what: `nudged: ${why}` })
}

async function followRollout(tools: ReconcileTools, site: Site): Promise<void> {
  const want = await tools.store.want(site.name)
  if (!want) return
  const { kind } = await admit(tools, site, want)
  if (kind === 'back' && (await tools.nudger.nudgeIfIdle(tools.host, site.name)))
    tools.tell({ project: site.name, what: 'nudged: its rollout failed on other hosts' })
}

async function guarded(tools: ReconcileTools, project: string, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    const { code, message } = asSlipwayError(error)
    tools.tell({ project, what: `could not be looked after: ${code}: ${message}`, isAlarm: true })
  }
}
