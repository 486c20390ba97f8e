import type { ImageName, RegistryCredentials } from '@slipway/core'

export interface TrustRequest {
  readonly image: ImageName
  readonly digest: string
  /** Public keys (PEM); a signature of one of them is enough. */
  readonly keys: readonly string[]
  /** Those of the project: signatures lie beside its image. */
  readonly credentials: RegistryCredentials | null
  readonly signal: AbortSignal
}

/** Whether somebody whom a project trusts has signed an image. */
export interface ImageTrust {
  /**
   * Resolves when a signature of one of the keys covers exactly this digest. Without a key nothing is trusted.
   * @throws SlipwayError IMAGE_UNTRUSTED, or what a registry client throws
   */
  require(request: TrustRequest): Promise<void>
}
