import type { Environment } from '@slipway/config-file'
import { readSecrets } from '@slipway/config-file'
import type { Config } from '@slipway/core'
import { createFileReleaseStore } from './adapters/file-release-store.ts'
import type { EngineCredentials } from './ports/container-engine.ts'
import type { CredentialSource } from './ports/credential-source.ts'
import type { Site } from './rollout/run.ts'
import type { Failpoint } from './rollout/step.ts'

/**
 * The projects of one host, each with its own credentials and no other's.
 * @throws SlipwayError SECRET_UNAVAILABLE naming every secret that is missing
 */
export async function loadSites(
  config: Config,
  host: string,
  environment: Environment,
  failpoint: Failpoint = () => {},
): Promise<Map<string, Site>> {
  const projects = Object.entries(config.projects).filter(([, project]) => project.hosts.includes(host))
  const named = new Set(projects.flatMap(([, project]) => project.credentials ?? []))
  const credentials = await readCredentials(config, [...named], environment)
  return new Map(
    projects.map(([name, project]) => [
      name,
      {
        name,
        config: project,
        credentials: fixed(project.credentials ? (credentials.get(project.credentials) ?? null) : null),
        releases: createFileReleaseStore(project.release.root, failpoint),
      },
    ]),
  )
}

function fixed(credentials: EngineCredentials | null): CredentialSource {
  return { read: async () => credentials, secrets: () => (credentials ? [credentials.password] : []) }
}

async function readCredentials(
  config: Config,
  names: readonly string[],
  environment: Environment,
): Promise<Map<string, EngineCredentials>> {
  const entries = names.flatMap((name) => {
    const entry = config.credentials[name]
    return entry && 'password' in entry ? [{ name, ...entry }] : []
  })
  const passwords = await readSecrets(
    entries.map(({ name, password }) => ({ path: `credentials.${name}.password`, ref: password })),
    environment,
  )
  return new Map(
    entries.map(({ name, username }, index) => [name, { username, password: passwords[index] ?? '' }]),
  )
}
