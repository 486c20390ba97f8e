import type { KnownRelease } from '@slipway/core'
import type { RedisClient } from './connection.ts'
import { parseJson } from './deployment-record.ts'
import { keysOf } from './keys.ts'

/** The releases of a project on one host, as its worker last told them: a copy, the host may have others by now. */
export interface HostReleases {
  readonly host: string
  /** Milliseconds since 1970; null when its worker never told any. */
  readonly at: number | null
  /** The newest first. */
  readonly releases: readonly KnownRelease[]
}

type Told = Pick<HostReleases, 'releases'> & { readonly at: number }

export async function saveKnownReleases(
  redis: RedisClient,
  { host, project, ...told }: Told & { readonly host: string; readonly project: string },
): Promise<void> {
  await redis.set(keysOf(host).releases(project), JSON.stringify(told))
}

/** What each host of a project last told, in the order of its hosts. */
export function knownReleases(
  redis: RedisClient,
  name: string,
  { hosts }: { readonly hosts: readonly string[] },
): Promise<HostReleases[]> {
  return Promise.all(
    hosts.map(async (host): Promise<HostReleases> => {
      const told = parseJson<Told>((await redis.get(keysOf(host).releases(name))) ?? undefined)
      return { host, at: told?.at ?? null, releases: told?.releases ?? [] }
    }),
  )
}
