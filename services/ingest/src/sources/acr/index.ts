import { isInOtherRegion, otherRegion } from '../acr-region.ts'
import { judge, parsedOf } from '../judge.ts'
import type { Parsed, Source, SourceCall } from '../source.ts'
import { type TriggerCall, triggerCall } from './schema.ts'
import { auth } from './verify.ts'

/** Triggers of Alibaba Cloud Container Registry. */
export const acr: Source = { id: 'acr', auth, contentTypes: ['application/json'], parse }

function parse({ body, settings }: SourceCall): Parsed {
  const call = triggerCall.safeParse(body)
  if (!call.success) {
    return {
      kind: 'reject',
      why: 'the body is not the call of an ACR trigger: a tag or a repository is missing',
    }
  }
  const { push_data: push, repository: named } = call.data
  const registry = settings.registry ?? (named.region && `registry.${named.region}.aliyuncs.com`)
  const judged = judge({
    registry,
    repository: repositoryOf(named),
    tag: push.tag,
    digest: push.digest,
    at: push.pushed_at,
  })
  return judged.kind === 'push' && isInOtherRegion(registry, named.region) ? otherRegion : parsedOf(judged)
}

/** Either form is enough; two that differ are no call of ACR. */
function repositoryOf({ namespace, name, repo_full_name: full }: TriggerCall['repository']) {
  const joined = namespace && name ? `${namespace}/${name}` : undefined
  return joined && full && joined !== full ? undefined : (joined ?? full)
}
