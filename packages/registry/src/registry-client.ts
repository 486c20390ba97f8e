import type { ImageName } from '@slipway/core'

export interface RegistryCredentials {
  readonly username: string
  readonly password: string
}

export interface RegistryHostRules {
  /** Speak plain HTTP to this host, credentials included. Loopback addresses need no rule. Default false. */
  readonly insecure?: boolean
  /** Hosts (`host` or `host:port`) that may issue tokens for this registry, besides those it is related to by name. */
  readonly tokenServices?: readonly string[]
}

export interface RegistryRequest {
  readonly image: ImageName
  /** Those of the project that asks, null to ask without. Never used for any other call. */
  readonly credentials: RegistryCredentials | null
  /** Ends the call; the signal's reason is thrown as it is. */
  readonly signal?: AbortSignal
}

export interface Descriptor {
  /** `sha256:` and 64 hexadecimal digits. */
  readonly digest: string
  /** One of the manifest or index types of OCI and Docker. */
  readonly mediaType: string
  /** Bytes of the manifest, null when the registry did not say. */
  readonly size: number | null
}

export interface FetchedManifest {
  readonly descriptor: Descriptor
  /** The parsed JSON object. */
  readonly body: unknown
  /** The bytes that the digest covers. */
  readonly bytes: Uint8Array
}

/**
 * The read side of a registry. Both calls throw SlipwayError: IMAGE_REFERENCE_INVALID, IMAGE_NOT_FOUND,
 * REGISTRY_UNAUTHORIZED, REGISTRY_DENIED, REGISTRY_RATE_LIMITED, REGISTRY_UNAVAILABLE or REGISTRY_PROTOCOL.
 */
export interface RegistryClient {
  /** What a tag (or digest) stands for now, without fetching it when the registry names the digest. */
  resolve(request: RegistryRequest & { readonly reference: string }): Promise<Descriptor>
  /** A manifest or index by tag or digest, at most 4 MiB, verified against its digest. */
  manifest(request: RegistryRequest & { readonly reference: string }): Promise<FetchedManifest>
}
