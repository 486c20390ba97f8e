import type { Readable } from 'node:stream'
import type { ImageName, RegistryCredentials } from '@slipway/core'

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

/** What a tag stood for when it was asked for, and what to ask with the next time. */
export interface Validated {
  readonly digest: string
  /** The entity tag of the answer; null when there was none. */
  readonly etag: string | null
}

export interface TagList {
  /** Without order. What is no tag of the OCI grammar is not among them. */
  readonly tags: readonly string[]
  /** True when the registry has more than slipway reads. */
  readonly isCut: boolean
}

export interface FetchedManifest {
  readonly descriptor: Descriptor
  /** The parsed JSON object. */
  readonly body: unknown
  /** The bytes that the digest covers. */
  readonly bytes: Uint8Array
}

/** A manifest that says of itself that it belongs to another one, such as a signature. */
export interface Referrer {
  readonly digest: string
  /** What it is; null when that is not said. */
  readonly artifactType: string | null
}

/** A layer of an image as its manifest names it. */
export interface LayerDescriptor {
  /** Of the blob as the registry has it: `sha256:…` */
  readonly digest: string
  /** Bytes of the blob. */
  readonly size: number
  /** How the archive in the blob is packed; null when it lies elsewhere, or is nothing that slipway knows. */
  readonly packing: 'none' | 'gzip' | 'zstd' | null
}

/** The image that a host gets for a tag or digest. */
export interface PlatformManifest {
  /** Of the manifest itself; another one than was asked for when that is an index. */
  readonly digest: string
  /** Lowest first. */
  readonly layers: readonly LayerDescriptor[]
  /** Paths that the image declares as volumes, as they stand in its config. */
  readonly volumes: readonly string[]
}

/**
 * The read side of a registry. All calls throw SlipwayError: IMAGE_REFERENCE_INVALID, IMAGE_NOT_FOUND,
 * REGISTRY_UNAUTHORIZED, REGISTRY_DENIED, REGISTRY_RATE_LIMITED, REGISTRY_UNAVAILABLE or REGISTRY_PROTOCOL.
 */
export interface RegistryClient {
  /** What a tag (or digest) stands for now, without fetching it when the registry names the digest. */
  resolve(request: RegistryRequest & { readonly reference: string }): Promise<Descriptor>
  /** The same, asked as a condition: what is unchanged costs the registry next to nothing. Null for nothing known. */
  revalidate(
    request: RegistryRequest & { readonly reference: string; readonly known: Validated | null },
  ): Promise<Validated>
  /** The tags of a repository, at most 20,000. */
  listTags(request: RegistryRequest): Promise<TagList>
  /**
   * When the image for this machine's platform was made, by its config: milliseconds since 1970; null when it does not
   * say. Whoever built the image wrote it.
   * @throws SlipwayError IMAGE_PLATFORM_UNSUITABLE when an index has none for it, or several
   */
  created(request: RegistryRequest & { readonly reference: string }): Promise<number | null>
  /** A manifest or index by tag or digest, at most 4 MiB, verified against its digest. */
  manifest(request: RegistryRequest & { readonly reference: string }): Promise<FetchedManifest>
  /** A blob of at most `limit` bytes, verified against its digest. */
  smallBlob(
    request: RegistryRequest & { readonly digest: string; readonly limit: number },
  ): Promise<Uint8Array>
  /** What refers to a manifest by its digest; empty when nothing does. */
  referrers(request: RegistryRequest & { readonly digest: string }): Promise<readonly Referrer[]>
  /** Resolves when the credentials let this repository be read. */
  probe(request: RegistryRequest): Promise<void>
  /**
   * The manifest of the image for this machine's platform.
   * @throws SlipwayError IMAGE_PLATFORM_UNSUITABLE when an index has none for it, or several
   */
  platformManifest(request: RegistryRequest & { readonly reference: string }): Promise<PlatformManifest>
  /**
   * The bytes of a blob. Only when the stream has ended well they are the `size` bytes that the digest covers; else it
   * ends with one of the errors above. Destroying it closes the connection.
   */
  blob(request: RegistryRequest & { readonly digest: string; readonly size: number }): Promise<Readable>
}
