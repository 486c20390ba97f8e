/** What a program needs of its surroundings, and nothing that might be a secret of somebody else. */
const passedOn = [
  'PATH',
  'HOME',
  'USER',
  'LANG',
  'LC_ALL',
  'TZ',
  'TMPDIR',
  'NODE_COMPILE_CACHE',
  'DOCKER_HOST',
  'DOCKER_CERT_PATH',
  'DOCKER_TLS_VERIFY',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
  'http_proxy',
  'https_proxy',
  'no_proxy',
] as const

/** The environment for a service that the lab starts: a few names of ours, then what the caller adds. */
export function childEnvironment(added: Readonly<Record<string, string>> = {}): Record<string, string> {
  const ours = process.env
  const kept = passedOn.flatMap((name) => (ours[name] === undefined ? [] : [[name, ours[name]] as const]))
  return { ...Object.fromEntries(kept), ...added }
}

/**
 * Testcontainers' sweeper would be pulled from Docker Hub, which cannot always be reached, and would have to be
 * given the engine's socket. The lab sweeps by its own label instead.
 */
export function withoutForeignSweeper(): void {
  process.env.TESTCONTAINERS_RYUK_DISABLED = 'true'
}

/** True in `npm run test:faults`: every fault in its whole length, where `npm test` has a short form of it. */
export function isFull(): boolean {
  return process.env.SLIPWAY_FAULTS === 'full'
}
