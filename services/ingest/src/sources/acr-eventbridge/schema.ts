import { z } from 'zod'
import { acrRegionPattern } from '../acr-region.ts'
import { looseText, looseTime, neededText, optionalText } from '../fields.ts'

/** What every event of ACR has on the bus; the data differs from type to type. */
export const busEvent = z.object({
  id: looseText,
  source: z.literal('acs.cr'),
  type: neededText,
  time: looseTime,
  aliyunregionid: looseText,
  data: z.unknown().optional(),
})

/** The part of the data that is read. That of a push is not published, so there every field may be missing. */
export const artifact = z.object({
  InstanceName: looseText,
  RepoNamespaceName: optionalText,
  RepoName: optionalText,
  Tag: optionalText,
  Digest: looseText,
  BuildStatus: looseText,
  RegionId: optionalText.refine((region) => region === undefined || acrRegionPattern.test(region)),
})

export type Artifact = z.output<typeof artifact>
