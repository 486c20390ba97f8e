import type { EngineCredentials } from './container-engine.ts'

/** Where the credentials of one project come from. */
export interface CredentialSource {
  /**
   * What to ask the registry with now; null to ask without. Short-lived ones are got anew when they have run out.
   * @throws SlipwayError CREDENTIALS_UNAVAILABLE, or the reason of the signal
   */
  read(signal: AbortSignal): Promise<EngineCredentials | null>
  /** Every secret that it has handed out so far, for redaction. */
  secrets(): readonly string[]
}
