import type { ReloadRequest } from '../../ports/service-manager.ts'

/** What a container is called from its making until the one before it has given its name away. */
export const nextSuffix = '.slipway-new'
/** What the one before is called until the release is decided. */
export const keptSuffix = '.slipway-old'

export const marks = {
  project: 'slipway.service.project',
  release: 'slipway.service.release',
  /** Id of the container that this one took the place of. */
  replaces: 'slipway.service.replaces',
} as const

export type Labels = Readonly<Record<string, string>>

/** Labels cannot be changed later, so they say only what stays true. */
export function marksOf({ project, release }: ReloadRequest, replaces: string): Labels {
  return { [marks.project]: project, [marks.release]: release ?? '', [marks.replaces]: replaces }
}

/** The name of the service that a container belongs to, whatever it is called for the moment. */
export function baseName(name: string): string {
  for (const suffix of [nextSuffix, keptSuffix])
    if (name.endsWith(suffix)) return name.slice(0, -suffix.length)
  return name
}
