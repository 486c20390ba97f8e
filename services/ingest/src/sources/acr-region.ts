import { parseAcrHost } from '@slipway/core'

/** A region of Alibaba Cloud, as it stands in the host of a registry. */
export const acrRegionPattern = /^[a-z0-9]+(?:-[a-z0-9]+)*$/

/**
 * True when the host of the hook lies in another region than the event, so that the event is about another image. A
 * custom domain says nothing about its region, so only the known forms of ACR are held against it.
 */
export function isInOtherRegion(registry: string | undefined, region: string | undefined): boolean {
  const host = registry === undefined ? null : parseAcrHost(registry)
  return host !== null && region !== undefined && host.region !== region
}

export const otherRegion = {
  kind: 'ignore',
  why: 'the push was made in another region than the one of the registry of this hook',
} as const
