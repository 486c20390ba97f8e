import { stat } from 'node:fs/promises'
import type Docker from 'dockerode'
import { abortable } from '../abortable.ts'
import type { EngineDisk } from '../ports/disk-space.ts'

const callDeadline = 10_000
/** An engine whose images containerd keeps does not tell where; this is where containerd does unless told otherwise. */
const containerdRoot = '/var/lib/containerd'

/** Asks the engine once where it keeps images. One that is reached by network is taken to be on another machine. */
export function createDockerDisk(docker: Docker, onUnknown: (why: string) => void): EngineDisk {
  let known: string | null | undefined

  return {
    async path(signal) {
      if (known !== undefined) return known
      const places = await ask(docker, signal)
      // It may be back next time.
      if (places === null) return null
      known = await firstVisible(places)
      if (known === null) onUnknown(places.join(', ') || 'the engine is reached by network')
      return known
    },
  }
}

async function ask(docker: Docker, signal: AbortSignal): Promise<string[] | null> {
  if (!isLocal(docker)) return []
  try {
    // The one call of the client that passes no signal on.
    const limited = AbortSignal.any([signal, AbortSignal.timeout(callDeadline)])
    const info: EngineInfo = await abortable(docker.info(), limited)
    const ofContainerd = info.DriverStatus?.some(([, value]) =>
      value?.startsWith('io.containerd.snapshotter.'),
    )
    return [...(ofContainerd ? [containerdRoot] : []), ...(info.DockerRootDir ? [info.DockerRootDir] : [])]
  } catch {
    signal.throwIfAborted()
    return null
  }
}

interface EngineInfo {
  readonly DockerRootDir?: string
  readonly DriverStatus?: readonly (readonly string[])[] | null
}

function isLocal({ modem }: Docker): boolean {
  // A path, or a function that finds the one of this machine; ssh goes elsewhere.
  const { socketPath, protocol } = modem as { readonly socketPath?: unknown; readonly protocol?: unknown }
  return socketPath !== undefined && protocol !== 'ssh'
}

async function firstVisible(places: readonly string[]): Promise<string | null> {
  for (const place of places) if (await stat(place).catch(() => null)) return place
  return null
}
