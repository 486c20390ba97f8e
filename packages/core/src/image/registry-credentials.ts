/** A user of a registry. */
export interface PasswordCredentials {
  readonly username: string
  readonly password: string
}

/** A bearer token that the registry itself takes: no token service is asked with it, nor told of it. */
export interface TokenCredentials {
  readonly token: string
}

/** What a registry is asked with, for one call; nothing keeps it. */
export type RegistryCredentials = PasswordCredentials | TokenCredentials

/** What of them must not be seen. */
export function secretOf(credentials: RegistryCredentials): string {
  return 'token' in credentials ? credentials.token : credentials.password
}
