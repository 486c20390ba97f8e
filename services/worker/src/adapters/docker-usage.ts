import type { BuildCacheEntry } from '@slipway/core'

/** What an engine answers when it is asked what takes space, as far as we read it. */
export interface DiskUsage {
  readonly Volumes?:
    | readonly { readonly Name: string; readonly UsageData?: { readonly Size?: number } | null }[]
    | null
  /** None of an engine without BuildKit. */
  readonly BuildCache?: readonly UsedCache[] | null
}

interface UsedCache {
  readonly ID: string
  readonly Size?: number
  readonly InUse?: boolean
  readonly Shared?: boolean
  readonly CreatedAt?: string
  readonly LastUsedAt?: string | null
}

/** Bytes by name; without those that the engine does not know. */
export function readVolumeSizes({ Volumes: volumes }: DiskUsage): Map<string, number> {
  return new Map(
    (volumes ?? []).flatMap(({ Name: name, UsageData: usage }) =>
      usage?.Size !== undefined && usage.Size >= 0 ? [[name, usage.Size] as const] : [],
    ),
  )
}

export function readBuildCache({ BuildCache: entries }: DiskUsage): BuildCacheEntry[] {
  return (entries ?? []).map((entry) => ({
    id: entry.ID,
    bytes: entry.Size ?? 0,
    isInUse: entry.InUse === true,
    isShared: entry.Shared === true,
    // What cannot be told is as young as can be.
    createdAt: timeIn(entry.CreatedAt) ?? Date.now(),
    lastUsedAt: timeIn(entry.LastUsedAt),
  }))
}

/** Milliseconds since 1970; null for what an engine writes when it does not know. */
export function timeIn(text: string | null | undefined): number | null {
  const time = text ? Date.parse(text) : Number.NaN
  return time > 0 ? time : null
}
