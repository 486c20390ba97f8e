import type { Release } from '@slipway/core'
import type { RunEnd } from '@slipway/store'
import { type Failure, goBack } from './roll-back.ts'
import type { DeployRun } from './run.ts'

/**
 * Leaves a release that is well here, because too many other hosts of its rollout failed with it: back to the good one
 * before it, by the same way that a failed check takes. Null when the release is not what is live, or when there is
 * none to go back to: then nothing is touched.
 */
export async function revert(run: DeployRun, failure: Failure): Promise<RunEnd | null> {
  const { releases } = run.site
  const { live } = await releases.state()
  if (live?.deployment !== run.want.deployment) return null
  const back = await lastGoodBefore(run, live)
  if (!back) {
    run.report.line(`${failure.message} It stays: there is no good release before it.`)
    return null
  }
  const intent = { deployment: run.want.deployment, to: live, back, failure, at: run.timer.now() }
  await run.fence(run.signal)
  return goBack(run, { ...intent, before: await releases.current() }, failure)
}

async function lastGoodBefore({ site }: DeployRun, live: Release): Promise<Release | null> {
  const all = await site.releases.releases()
  const good = all.filter(
    ({ name, status, seq }) => status === 'live' && name !== live.name && seq < live.seq,
  )
  for (const release of good.toSorted((a, b) => b.seq - a.seq))
    if (await site.releases.isPresent(release)) return release
  return null
}
