const units = ['kB', 'MB', 'GB', 'TB', 'PB'] as const

/** Bytes for a person: `0 B`, `982 B`, `1.5 MB`; a thousand of one is one of the next. */
export function formatBytes(bytes: number): string {
  if (bytes < 1_000) return `${Math.round(bytes)} B`
  let size = bytes / 1_000
  let at = 0
  // What would be rounded to a thousand is one of the next.
  while (size >= 999.5 && at < units.length - 1) {
    size /= 1_000
    at += 1
  }
  return `${size < 99.95 ? size.toFixed(1) : Math.round(size)} ${units[at]}`
}

/** How much of something is free: `12 %`; of nothing, `-`. */
export function formatShare(part: number, whole: number): string {
  return whole > 0 ? `${Math.floor((part / whole) * 100)} %` : '-'
}
