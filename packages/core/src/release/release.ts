/** One copied source on a host, as its record says. */
export interface Release {
  /** The name of its folder. */
  readonly name: string
  readonly seq: number
  readonly digest: string
  readonly image: string
  readonly tag: string | null
  readonly deployment: string
  /** Milliseconds since 1970. */
  readonly copiedAt: number
  /** Set when the migration of this release ended well. */
  readonly migratedAt: number | null
  /** `copied`: never live. `live`: passed its check (now or once). `bad`: switched to and failed its check. */
  readonly status: 'copied' | 'live' | 'bad'
}

/** What a host knows of a project. */
export interface HostState {
  /** What `current` was pointed at last, by a walk that has ended. */
  readonly live: Release | null
  /** The last release that passed its check: the one to go back to. */
  readonly good: Release | null
  /** The newest seq that was dealt with here, whatever came of it. */
  readonly seq: number
  /** Digests that failed their check here, the newest last: they come back only when somebody insists. */
  readonly held?: readonly string[]
}

/** Written before the switch, removed when what follows is decided: the note to whoever comes after a crash. */
export interface SwitchIntent {
  readonly deployment: string
  readonly to: Release
  /** The release to go back to. */
  readonly back: Release | null
  /** What `current` held before, whoever wrote it; null when it was not there. */
  readonly before: string | null
  /** Set as soon as the release is known to be bad: from then on the only way is back. */
  readonly failure: { readonly code: string; readonly message: string } | null
  /** Milliseconds since 1970. */
  readonly at: number
}
