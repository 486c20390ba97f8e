import type { HostState } from './release.ts'

// More bad images in a row than anybody pushes; older ones may be tried again.
const mostHeld = 50

/** True when a digest failed its check on this host. */
export function isHeld({ held = [] }: HostState, digest: string): boolean {
  return held.includes(digest)
}

/** The state with a hold on this digest. */
export function hold(state: HostState, digest: string): HostState {
  const others = (state.held ?? []).filter((other) => other !== digest)
  return { ...state, held: [...others, digest].slice(-mostHeld) }
}

/** The state without it: the digest has passed its check after all. */
export function unhold(state: HostState, digest: string): HostState {
  if (!isHeld(state, digest)) return state
  return { ...state, held: (state.held ?? []).filter((other) => other !== digest) }
}
