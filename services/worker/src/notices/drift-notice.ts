import type { Verification } from '@slipway/core'
import type { Notice } from '../ports/notifier.ts'

/** So many paths of each kind stand in the text; the details have more. */
const inText = 5
const inDetails = 50

/** What is told of a live release that is no longer what was deployed. */
export function driftNotice({ project, host, at, report, strayed }: Verification): Notice {
  const lines = [
    ...(strayed ? [`\`current\` leads to ${strayed.to ?? 'nothing'}, not to the live release`] : []),
    ...(report ? (['added', 'changed', 'missing'] as const) : []).flatMap((kind) => {
      const count = report?.counts[kind] ?? 0
      if (count === 0) return []
      const paths = (report?.[kind] ?? []).slice(0, inText).map((path) => JSON.stringify(path))
      return [`${count} ${kind}: ${paths.join(', ')}${count > paths.length ? ', …' : ''}`]
    }),
  ]
  const cut = (paths: readonly string[] = []) => paths.slice(0, inDetails)
  return {
    event: 'drift',
    project,
    host,
    at,
    text: [`slipway: the live release of ${project} on ${host} is not what was deployed`, ...lines].join(
      '\n',
    ),
    ...(report ? { release: report.release } : {}),
    details: {
      counts: report?.counts ?? null,
      added: cut(report?.added),
      changed: cut(report?.changed),
      missing: cut(report?.missing),
      current: strayed ? strayed.to : null,
    },
  }
}
