import { type ImageName, isRegistryHost, isRepository, SlipwayError } from '@slipway/core'
import { isLoopback } from './address.ts'
import type { RegistryHostRules } from './registry-client.ts'

/** Where a registry is contacted, and who else may see credentials meant for it. */
export interface Endpoint {
  /** `https://host[:port]/`, or `http:` where that is allowed. */
  readonly url: URL
  readonly tokenServices: readonly string[]
}

/**
 * Loopback is spoken to in plain HTTP and nothing else. The engine tries TLS there first, but without checking the
 * certificate; `fetch` does check it, so a try in TLS would fail for the very registries that the engine accepts, and a
 * fall-back on any failure would turn every network error into a second, misleading one.
 * @throws SlipwayError IMAGE_REFERENCE_INVALID
 */
export function endpointOf(image: ImageName, rules: RegistryHostRules = {}): Endpoint {
  const host = contactHosts.get(image.registry) ?? image.registry
  if (!isRegistryHost(host) || !isRepository(image.repository) || !URL.canParse(`https://${host}/`))
    throw new SlipwayError('IMAGE_REFERENCE_INVALID', 'The image is not of the form host/repository.')
  const secure = new URL(`https://${host}/`)
  const plain = rules.insecure === true || isLoopback(secure.hostname)
  return {
    url: plain ? new URL(`http://${host}/`) : secure,
    tokenServices: rules.tokenServices ?? [],
  }
}

const contactHosts = new Map([['docker.io', 'registry-1.docker.io']])
