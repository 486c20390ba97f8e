import { join } from 'node:path'
import { run } from './command.ts'
import { build } from './images/docker-build.ts'
import { phpSiteFolder } from './images/recipes.ts'
import { image } from './images.ts'
import type { LabOptions } from './lab-options.ts'
import { withPrivateLogin } from './registry/private-login.ts'
import type { RegistryUser } from './registry.ts'
import { runLabel, thisRun } from './run-id.ts'

/** The folders under examples/php-site/versions/. */
export type SiteVariant = 'v1' | 'v2' | 'unhealthy' | 'broken-migration' | 'slow-migration'

export interface SourceOptions extends LabOptions {
  readonly variant: SiteVariant
  /** What the site says it is: REVISION, the page, the X-Site-Version header. */
  readonly version: string
  /** Full name of the image: `127.0.0.1:5000/acme/shop:v1`. */
  readonly tag: string
  /** How long the migration of `slow-migration` pauses. Default: 20. */
  readonly pauseSeconds?: number
  /** How many classes vendor/ holds; the default is the Dockerfile's. */
  readonly packages?: number
}

/** Builds a source image of the example site; gone again with the run. */
export async function buildSource(options: SourceOptions): Promise<string> {
  const { variant, version, tag, pauseSeconds, packages, signal } = options
  return build({
    dockerfile: join(phpSiteFolder, 'Dockerfile'),
    context: phpSiteFolder,
    tag,
    buildArgs: {
      BASE: await image('php', options),
      VARIANT: variant,
      VERSION: version,
      ...(pauseSeconds === undefined ? {} : { PAUSE_SECONDS: String(pauseSeconds) }),
      ...(packages === undefined ? {} : { PACKAGES: String(packages) }),
    },
    labels: { [runLabel]: thisRun },
    signal,
  })
}

/**
 * Pushes an image and leaves no login anywhere.
 * @returns the digest that the registry gave it, `sha256:…`
 */
export async function push(tag: string, user?: RegistryUser, signal?: AbortSignal): Promise<string> {
  return withPrivateLogin(tag, user, async (config) => {
    const said = await run('docker', [`--config=${config}`, 'push', tag], {
      timeoutMs: pushTimeoutMs,
      signal,
    })
    const digest = /digest: (sha256:[0-9a-f]{64})/.exec(said)?.[1]
    if (!digest) throw new Error(`docker push ${tag} named no digest: ${said.slice(-200)}`)
    return digest
  })
}

/** Pulls an image with this user's login and no other. */
export async function pull(reference: string, user?: RegistryUser, signal?: AbortSignal): Promise<void> {
  await withPrivateLogin(reference, user, (config) =>
    run('docker', [`--config=${config}`, 'pull', '--quiet', reference], { timeoutMs: pushTimeoutMs, signal }),
  )
}

const pushTimeoutMs = 300_000
