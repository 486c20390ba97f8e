import type { Config } from '@slipway/core'
import type { RegistryHostRules } from './registry-client.ts'

/** The `registries` of a configuration as a client takes them. */
export function hostRules(registries: Config['registries']): Readonly<Record<string, RegistryHostRules>> {
  return Object.fromEntries(
    Object.entries(registries).map(([host, { insecure, token_services: tokenServices }]) => [
      host,
      { insecure, tokenServices },
    ]),
  )
}
