const parts = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
  ['s', 1],
] as const

/** Milliseconds for a person, by the two largest units: `240 ms`, `1.5 s`, `2 min 5 s`, `3 d 4 h`. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < 999.5) return `${Math.round(milliseconds)} ms`
  if (milliseconds < 59_950) return `${trimmed(milliseconds / 1_000)} s`
  const seconds = Math.round(milliseconds / 1_000)
  const first = parts.findIndex(([, size]) => seconds >= size)
  const [[unit, size] = ['s', 1], next] = parts.slice(first, first + 2)
  const rest = next ? Math.floor((seconds % size) / next[1]) : 0
  return `${Math.floor(seconds / size)} ${unit}${next && rest > 0 ? ` ${rest} ${next[0]}` : ''}`
}

function trimmed(seconds: number): string {
  return seconds.toFixed(1).replace(/\.0$/, '')
}
