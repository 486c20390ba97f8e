import { run } from '../command.ts'

export interface BuildOptions {
  readonly dockerfile: string
  /** Folder that is sent to the engine. */
  readonly context: string
  readonly tag: string
  /** Never secrets: they would stay readable in the image. */
  readonly buildArgs?: Readonly<Record<string, string>>
  readonly labels?: Readonly<Record<string, string>>
  /** Called with each line that the build prints. */
  readonly onProgress?: ((line: string) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

const buildTimeoutMs = 900_000
const buildAttempts = 3
// Named without a value: the client takes them from its surroundings, and only if they are set there.
const proxies = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'no_proxy']

/**
 * Builds an image and gives its tag. Runs on one engine share the layers of a build, and one that sweeps can take away
 * a layer that another is about to build on; so a failure is looked at a second and a third time.
 */
export async function build(options: BuildOptions): Promise<string> {
  const { dockerfile, context, tag, buildArgs = {}, labels = {}, onProgress, signal } = options
  const args = [
    ...['build', '--file', dockerfile, '--tag', tag],
    ...proxies.flatMap((name) => ['--build-arg', name]),
    ...Object.entries(buildArgs).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]),
    ...Object.entries(labels).flatMap(([name, value]) => ['--label', `${name}=${value}`]),
    context,
  ]
  for (let attempt = 1; ; attempt += 1) {
    try {
      await run('docker', args, {
        timeoutMs: buildTimeoutMs,
        signal,
        ...(onProgress ? { onLine: onProgress } : {}),
      })
      return tag
    } catch (cause) {
      signal?.throwIfAborted()
      if (attempt === buildAttempts) throw cause
    }
  }
}

/** True when the engine has an image of this name. */
export async function hasImage(tag: string): Promise<boolean> {
  return run('docker', ['image', 'inspect', '--format', '{{.Id}}', tag]).then(
    () => true,
    () => false,
  )
}
