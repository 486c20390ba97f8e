import type { Clock, Config, Credentials, RegistryCredentials } from '@slipway/core'
import { type Environment, readSecrets } from '../read-secrets.ts'
import { runCredentialCommand } from './credential-command.ts'
import { type CredentialSource, fixedCredentials } from './credential-source.ts'
import type { SecretKeeper } from './secret-keeper.ts'
import { temporaryCredentials } from './temporary-credentials.ts'

export interface OpenCredentialsOptions {
  /** Of the program: where secrets are named as variables, and `PATH` and `HOME` for commands. */
  readonly environment: Environment
  readonly clock: Clock
  /** Learns every secret before it is handed out. */
  readonly secrets: SecretKeeper
}

/**
 * The sources of these entries of `credentials`, by name. Passwords and tokens are read at once; a command is run when
 * somebody asks.
 * @throws SlipwayError SECRET_UNAVAILABLE naming every one that is missing
 */
export async function openCredentials(
  entries: Config['credentials'],
  names: Iterable<string>,
  options: OpenCredentialsOptions,
): Promise<ReadonlyMap<string, CredentialSource>> {
  const { environment, secrets } = options
  const wanted = [...new Set(names)].flatMap((name) => {
    const entry = entries[name]
    return entry ? [{ name, entry }] : []
  })
  const named = wanted.flatMap(({ name, entry }) => secretsOf(name, entry))
  const values = await readSecrets(named, environment)
  for (const value of values) secrets.keep(value)
  const fixedValues = new Map(named.map(({ name }, at) => [name, values[at] ?? '']))
  return new Map(
    wanted.map(({ name, entry }) => [name, sourceOf(name, entry, fixedValues.get(name) ?? '', options)]),
  )
}

function secretsOf(name: string, entry: Credentials) {
  if ('password' in entry) return [{ name, path: `credentials.${name}.password`, ref: entry.password }]
  if ('token' in entry) return [{ name, path: `credentials.${name}.token`, ref: entry.token }]
  return []
}

function sourceOf(
  name: string,
  entry: Credentials,
  value: string,
  { environment, clock, secrets }: OpenCredentialsOptions,
): CredentialSource {
  if (!('command' in entry)) return fixedCredentials(fixedOf(entry, value))
  const { command, username, ttl, timeout } = entry
  return temporaryCredentials({
    path: `credentials.${name}`,
    username,
    ttl,
    run: (signal) => runCredentialCommand({ command, timeout, environment }, signal),
    clock,
    secrets,
  })
}

function fixedOf(entry: Exclude<Credentials, { command: unknown }>, value: string): RegistryCredentials {
  return 'token' in entry ? { token: value } : { username: entry.username, password: value }
}
