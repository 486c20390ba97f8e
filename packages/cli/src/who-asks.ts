import { hostname, userInfo } from 'node:os'

/** Who runs this command, as it is recorded: `ada@desk`. */
export function whoAsks(): string {
  return `${userName()}@${hostname()}`
}

// A container may run under a number that no user has.
function userName(): string {
  try {
    return userInfo().username
  } catch {
    return String(process.getuid?.() ?? 'unknown')
  }
}
