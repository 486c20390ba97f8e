import type { RegistryCredentials } from '@slipway/core'

/** Where the credentials of one project come from. */
export interface CredentialSource {
  /** True when they run out, and others can be got. */
  readonly isTemporary: boolean
  /**
   * What to ask the registry with now; null to ask without. Short-lived ones are got anew when they have run out.
   * @throws SlipwayError CREDENTIALS_UNAVAILABLE, or the reason of the signal
   */
  read(signal: AbortSignal): Promise<RegistryCredentials | null>
  /**
   * Tells that a registry refused these. Temporary ones are not handed out again. True when `read` can give others
   * now: not when these are fixed, nor when they had just been got.
   */
  forget(refused: RegistryCredentials | null): boolean
}

/** A source of what stays as it is as long as the program runs. */
export function fixedCredentials(credentials: RegistryCredentials | null): CredentialSource {
  return { isTemporary: false, read: async () => credentials, forget: () => false }
}
