import type { Clock } from '@slipway/core'
import { type CallRequest, openCall } from './call.ts'
import { fetchBlob } from './fetch-blob.ts'
import { fetchManifest } from './fetch-manifest.ts'
import { fetchReferrers, referrersTag } from './fetch-referrers.ts'
import { fetchSmallBlob } from './fetch-small-blob.ts'
import { listTags } from './list-tags.ts'
import { imageCreated, platformManifest } from './platform-manifest.ts'
import { probeRepository } from './probe-repository.ts'
import type { RegistryClient, RegistryHostRules } from './registry-client.ts'
import { resolveReference, revalidate } from './resolve-reference.ts'
import { createTokenCache } from './token-cache.ts'

export interface RegistryClientOptions {
  /** Rules by registry host, as `ImageName.registry` has it. */
  readonly hosts?: Readonly<Record<string, RegistryHostRules>>
  /** Deadline of each HTTP request with its body, and the longest pause in a blob, in milliseconds. Default 10 000. */
  readonly timeoutMs?: number
  /** Default `slipway`. */
  readonly userAgent?: string
  /** What time it is, for the life of tokens and for `Retry-After`. Default: the system's clock. */
  readonly clock?: Clock
}

/** A client of any number of registries. It holds nothing but tokens, in memory, and needs no closing. */
export function createRegistryClient(options: RegistryClientOptions = {}): RegistryClient {
  const clock = options.clock ?? { now: () => Date.now() }
  const hosts = new Map(Object.entries(options.hosts ?? {}))
  const transport = {
    clock,
    tokens: createTokenCache(clock),
    timeoutMs: options.timeoutMs ?? defaultTimeoutMs,
    userAgent: options.userAgent ?? 'slipway',
  }

  const open = (request: CallRequest) => openCall(request, hosts.get(request.image.registry), transport)

  const client: RegistryClient = {
    resolve: async (request) => resolveReference(open(request)),
    revalidate: async ({ known, ...request }) => revalidate(open(request), known),
    listTags: async (request) => listTags(open(request)),
    created: async (request) => imageCreated(client, request),
    manifest: async (request) => fetchManifest(open(request)),
    smallBlob: async ({ digest, limit, ...request }) =>
      fetchSmallBlob(open({ ...request, reference: digest }), limit),
    referrers: async ({ digest, ...request }) =>
      fetchReferrers(
        open({ ...request, reference: digest }),
        open({ ...request, reference: referrersTag(digest) }),
      ),
    probe: async (request) => probeRepository(open(request)),
    platformManifest: async (request) => platformManifest(client, request),
    blob: async ({ digest, size, ...request }) => fetchBlob(open({ ...request, reference: digest }), size),
  }
  return client
}

const defaultTimeoutMs = 10_000
