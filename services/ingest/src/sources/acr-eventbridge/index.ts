import { isInOtherRegion, otherRegion } from '../acr-region.ts'
import { judge, parsedOf } from '../judge.ts'
import type { Parsed, Source, SourceCall } from '../source.ts'
import { type Artifact, artifact, busEvent } from './schema.ts'
import { auth } from './verify.ts'

/** Events of Alibaba Cloud Container Registry, Enterprise Edition, by way of Alibaba Cloud's EventBridge. */
export const acrEventbridge: Source = {
  id: 'acr-eventbridge',
  auth,
  contentTypes: ['application/json', 'application/cloudevents+json'],
  parse,
}

const built = 'cr:Artifact:BuildCompleted'
const pushed = 'cr:Artifact:PushCompleted'

function parse({ body, settings }: SourceCall): Parsed {
  const call = busEvent.safeParse(body)
  if (!call.success) return reject('the body is not an event of ACR')
  const { id, type, time, aliyunregionid } = call.data
  if (type !== built && type !== pushed) return ignore('the event is neither a build nor a push')
  const read = artifact.safeParse(call.data.data)
  if (!read.success) return reject('the data of the event is not that of an image')
  const data = read.data
  // Builds that failed and that were cancelled are completed too.
  if (type === built && data.BuildStatus !== 'SUCCESS') return ignore('the build did not end well')
  // What a push holds is not published: if it is less than this, the sender is not wrong for that.
  if (type === pushed && !(data.RepoNamespaceName && data.RepoName && data.Tag)) {
    return ignore('the event does not say which image was pushed')
  }

  const region = data.RegionId ?? aliyunregionid
  const registry = settings.registry ?? hostOf(data, region)
  const judged = judge({
    registry,
    repository: data.RepoNamespaceName && data.RepoName && `${data.RepoNamespaceName}/${data.RepoName}`,
    tag: data.Tag,
    digest: data.Digest,
    event: id,
    at: time,
  })
  return judged.kind === 'push' && isInOtherRegion(registry, region) ? otherRegion : parsedOf(judged)
}

/** The public host that an instance of the Enterprise Edition has without a domain of its own. */
function hostOf({ InstanceName: instance }: Artifact, region: string | undefined): string | undefined {
  return instance && region ? `${instance}-registry.${region}.cr.aliyuncs.com` : undefined
}

function ignore(why: string): Parsed {
  return { kind: 'ignore', why }
}

function reject(why: string): Parsed {
  return { kind: 'reject', why }
}
