import { isRepository, judgeTag, parseAcrHost, readDigest } from '@slipway/core'
import type { Parsed, Source, SourceCall } from '../source.ts'
import { type TriggerCall, triggerCall } from './schema.ts'
import { auth } from './verify.ts'

/** Triggers of Alibaba Cloud Container Registry. */
export const acr: Source = {
  id: 'acr',
  auth,
  contentTypes: ['application/json'],
  parse,
}

function parse({ body, settings }: SourceCall): Parsed {
  const call = triggerCall.safeParse(body)
  if (!call.success)
    return reject('the body is not the call of an ACR trigger: a tag or a repository is missing')
  const { push_data: pushData, repository: named } = call.data

  const repository = readRepository(named)
  if (!repository) return reject('the body names no possible repository')
  const verdict = judgeTag(pushData.tag)
  if (verdict.kind !== 'image') return verdict
  const registry = settings.registry ?? (named.region ? `registry.${named.region}.aliyuncs.com` : null)
  if (!registry) return reject('the body names no region, and the hook no registry')
  if (isElsewhere(registry, named.region)) {
    return {
      kind: 'ignore',
      why: 'the push was made in another region than the one of the registry of this hook',
    }
  }

  const digest = readDigest(pushData.digest)
  const push = {
    registry,
    repository,
    tag: pushData.tag,
    digest,
    event: null,
    at: pushData.pushed_at ?? null,
  }
  return { kind: 'pushes', pushes: [push], passedOver: [] }
}

/** Either form is enough; two that differ are no call of ACR. */
function readRepository({ namespace, name, repo_full_name: full }: TriggerCall['repository']): string | null {
  const joined = namespace && name ? `${namespace}/${name}` : undefined
  if (joined && full && joined !== full) return null
  const repository = joined ?? full ?? ''
  return isRepository(repository) ? repository : null
}

// A custom domain says nothing about its region, so only the known forms are held against it.
function isElsewhere(registry: string, region: string | undefined): boolean {
  const host = parseAcrHost(registry)
  return host !== null && region !== undefined && host.region !== region
}

function reject(why: string): Parsed {
  return { kind: 'reject', why }
}
