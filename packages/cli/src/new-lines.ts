/** What of a log is new since it was read last. A log that is full loses lines at its beginning. */
export function newLines(before: readonly string[], now: readonly string[]): readonly string[] {
  for (let lost = 0; lost < before.length; lost += 1) {
    const kept = before.length - lost
    if (kept <= now.length && isPrefix(before, lost, now)) return now.slice(kept)
  }
  return now
}

function isPrefix(before: readonly string[], from: number, now: readonly string[]): boolean {
  for (let at = from; at < before.length; at += 1) if (before[at] !== now[at - from]) return false
  return true
}
