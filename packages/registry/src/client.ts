import type { Clock } from '@slipway/core'
import { openCall } from './call.ts'
import { fetchManifest } from './fetch-manifest.ts'
import type { RegistryClient, RegistryHostRules } from './registry-client.ts'
import { resolveReference } from './resolve-reference.ts'
import { createTokenCache } from './token-cache.ts'

export interface RegistryClientOptions {
  /** Rules by registry host, as `ImageName.registry` has it. */
  readonly hosts?: Readonly<Record<string, RegistryHostRules>>
  /** Deadline of each HTTP request with its body, in milliseconds. Default 10 000. */
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

  return {
    resolve: async (request) =>
      resolveReference(openCall(request, hosts.get(request.image.registry), transport)),
    manifest: async (request) =>
      fetchManifest(openCall(request, hosts.get(request.image.registry), transport)),
  }
}

const defaultTimeoutMs = 10_000
