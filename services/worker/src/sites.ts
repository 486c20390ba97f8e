import {
  type CredentialSource,
  createSecretKeeper,
  type Environment,
  fixedCredentials,
  openCredentials,
  readTogether,
  type SecretKeeper,
} from '@slipway/config-file'
import { type Config, type Project, SlipwayError } from '@slipway/core'
import { createFileReleaseStore } from './adapters/file-release-store.ts'
import { systemTimer } from './adapters/system-timer.ts'
import { readTrustKeys } from './adapters/trust-keys.ts'
import type { Site } from './rollout/run.ts'
import type { Failpoint } from './rollout/step.ts'

export interface LoadSitesOptions {
  readonly failpoint?: Failpoint
  /** Learns every secret before it is used. */
  readonly secrets?: SecretKeeper
}

/**
 * The projects of one host, each with its own credentials and no other's, and with the keys that it trusts.
 * @throws SlipwayError SECRET_UNAVAILABLE naming every secret that is missing, and every key that is none
 */
export async function loadSites(
  config: Config,
  host: string,
  environment: Environment,
  options: LoadSitesOptions = {},
): Promise<Map<string, Site>> {
  const { failpoint = () => {}, secrets = createSecretKeeper(systemTimer) } = options
  const projects = Object.entries(config.projects).filter(([, project]) => project.hosts.includes(host))
  const named = projects.flatMap(([, project]) => project.credentials ?? [])
  const [credentials, keys] = await readTogether([
    openCredentials(config.credentials, named, { environment, clock: systemTimer, secrets }),
    readTrustKeys(projects),
  ])
  return new Map(
    projects.map(([name, project]) => [
      name,
      {
        name,
        config: project,
        credentials: ownCredentials(name, project, credentials),
        trustedKeys: keys.get(name) ?? [],
        releases: createFileReleaseStore(project.release.root, failpoint),
      },
    ]),
  )
}

/** A project that names an entry never asks without it, nor with another. */
function ownCredentials(
  name: string,
  project: Project,
  sources: ReadonlyMap<string, CredentialSource>,
): CredentialSource {
  if (project.credentials === undefined) return fixedCredentials(null)
  const source = sources.get(project.credentials)
  if (source) return source
  throw new SlipwayError('CONFIG_INVALID', `The credentials ${project.credentials} of ${name} are not there.`)
}
