import { run } from '../command.ts'
import type { LabOptions } from '../lab-options.ts'
import { hasImage } from './docker-build.ts'
import { makeStandIn } from './stand-in.ts'

const official = 'debian:bookworm-slim'
const ours = 'slipway-lab/debian:bookworm-slim'
const hub = 'https://registry-1.docker.io/v2/'
const reachTimeoutMs = 4000
const pullTimeoutMs = 180_000

/**
 * A Debian to build on, under a name of our own: what the engine has, else Docker Hub's, else one made with
 * debootstrap from Debian's mirror where Docker Hub cannot be reached.
 */
export async function baseImage({ say, signal }: LabOptions): Promise<string> {
  if (await hasImage(ours)) return ours
  if (await hasImage(official)) {
    await run('docker', ['tag', official, ours])
    return ours
  }
  if (await canReachHub()) {
    say(`pulling ${official}`)
    const pulled = await pull(signal)
    if (pulled) return ours
  }
  say('Docker Hub cannot be reached: making a Debian base image with debootstrap')
  await makeStandIn(ours, { say, signal })
  return ours
}

async function canReachHub(): Promise<boolean> {
  // Any answer will do: without a token it is a 401.
  return fetch(hub, { signal: AbortSignal.timeout(reachTimeoutMs) }).then(
    async (response) => {
      await response.body?.cancel()
      return true
    },
    () => false,
  )
}

async function pull(signal: AbortSignal | undefined): Promise<boolean> {
  try {
    await run('docker', ['pull', '--quiet', official], { timeoutMs: pullTimeoutMs, signal })
  } catch {
    signal?.throwIfAborted()
    return false
  }
  await run('docker', ['tag', official, ours])
  // It was not there before: the name is not ours to leave behind.
  await run('docker', ['image', 'rm', official])
  return true
}
