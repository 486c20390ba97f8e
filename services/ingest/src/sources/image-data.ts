import { z } from 'zod'
import { ecrHost } from './ecr-host.ts'
import { looseText, optionalText } from './fields.ts'
import type { Announcement, Judged } from './judge.ts'

/**
 * The data of an event whose form its sender may choose: our own names, and those that set-ups with Amazon ECR are used
 * to (an input transformer of EventBridge writes them).
 */
const imageData = z.object({
  registry: optionalText,
  repository: optionalText,
  tag: optionalText,
  digest: looseText,
  repositoryName: optionalText,
  imageTag: optionalText,
  imageDigest: looseText,
  registryId: looseText,
})

type NamedImage = Pick<Announcement, 'registry' | 'repository' | 'tag' | 'digest'>

/**
 * Reads which image an event is about, or why it is about none. `source` is the CloudEvents attribute, where there is one:
 * ECR's names its account and its region.
 */
export function readImageData(data: unknown, source: string): NamedImage | Exclude<Judged, { kind: 'push' }> {
  const read = imageData.safeParse(data)
  if (!read.success) return { kind: 'reject', why: 'the data of the event is not that of an image' }
  const { registry, repository, tag, digest, ...ecr } = read.data
  const resource = ecrResource.exec(source)?.groups
  const isEcr = resource !== undefined || ecr.repositoryName !== undefined
  // ECR reports every platform of an image, of which only the index has a tag; our own form is always about a tag.
  if (isEcr && !tag && !ecr.imageTag) {
    return { kind: 'ignore', why: 'a push without a tag is one platform of an image' }
  }
  return {
    registry: registry ?? ecrHost(ecr.registryId ?? resource?.account, resource?.region),
    repository: repository ?? ecr.repositoryName ?? resource?.name,
    tag: tag ?? ecr.imageTag,
    digest: digest ?? ecr.imageDigest,
  }
}

const ecrResource =
  /^(?:urn|arn):aws(?:-[a-z]+)*:ecr:(?<region>[a-z0-9-]+):(?<account>[0-9]+):repository\/(?<name>.+)$/
