import { isTag } from '@slipway/core'
import { askRegistry } from './ask-registry.ts'
import type { Call } from './call.ts'
import type { HttpAnswer } from './exchange.ts'
import { refusal } from './refusal.ts'
import type { TagList } from './registry-client.ts'
import { largestManifest } from './request-manifest.ts'

const pageSize = 1_000
/** A registry may give smaller pages than it is asked for. */
const mostPages = 50
const mostTags = 20_000
/** Of a `Link` header; a longer one is no address. */
const longestLink = 4_096

/** Every tag of the repository, page by page, up to a bound: a registry must not keep us reading for ever. */
export async function listTags(call: Call): Promise<TagList> {
  const tags = new Set<string>()
  let query: string | null = `?n=${pageSize}`
  for (let pages = 0; query !== null; pages += 1) {
    if (pages === mostPages || tags.size >= mostTags)
      return { tags: [...tags].slice(0, mostTags), isCut: true }
    const asked = { accept: 'application/json', limit: largestManifest }
    const answer = await askRegistry(call, `tags/list${query}`, asked)
    if (answer.status !== 200) throw refusal(call, answer, 'registry')
    for (const tag of readTags(call, answer)) tags.add(tag)
    query = nextQuery(call, answer)
  }
  return { tags: [...tags], isCut: false }
}

function readTags(call: Call, { bytes, cut, url }: HttpAnswer): string[] {
  const body: unknown = cut ? null : parse(bytes)
  const tags: unknown = typeof body === 'object' && body !== null && 'tags' in body ? body.tags : undefined
  // Without any tag left some registries say null.
  if (tags === null) return []
  if (!Array.isArray(tags))
    throw call.fail(
      'REGISTRY_PROTOCOL',
      `${url.host} sends no list of tags when asked for those of ${call.what}.`,
    )
  return tags.filter((tag): tag is string => typeof tag === 'string' && isTag(tag))
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    return null
  }
}

/**
 * How to ask for the next page. Of the address only what stands behind the `?` is taken, so that no registry leads us,
 * and the authorization, anywhere else; behind a proxy its host and scheme are often wrong anyway.
 */
function nextQuery(call: Call, { headers, url }: HttpAnswer): string | null {
  const link = headers.get('link')
  if (!link) return null
  const target = link.length > longestLink ? undefined : nextLink.exec(link)?.[1]
  if (target === undefined && link.length <= longestLink) return null
  if (target !== undefined && URL.canParse(target, url.href)) return new URL(target, url).search || null
  throw call.fail(
    'REGISTRY_PROTOCOL',
    `${url.host} leads to something that is no address for the next tags of ${call.what}.`,
  )
}

const nextLink = /<([^<>]*)>\s*;[^,<>]*\brel="?next"?/i
