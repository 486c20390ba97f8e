import { type AcceptedWant, type Deployment, passedOver } from '@slipway/core'
import type { Run } from './run.ts'

/** More than anybody pushes while one deploy is under way. */
export const recentDeployments = 20

/** What is deployed for a want: itself, or the higher version of its range that it took the place of. */
export async function followHighest(
  { site, report }: Run,
  want: AcceptedWant,
  recent: (limit: number) => Promise<readonly Deployment[]>,
): Promise<AcceptedWant> {
  if (!site.config.tags.some(({ kind }) => kind === 'range')) return want
  const { seq } = await site.releases.state()
  const higher = passedOver(site.config.tags, want, seq, await recent(recentDeployments))
  if (!higher) return want
  const { id, tag, digest } = higher
  report.line(
    `[resolve] ${tag} of ${id} is a higher version than ${want.tag} and was not deployed: it is now`,
  )
  report.state('resolve', { tag })
  return { ...want, tag, digest }
}
