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
  /** What its source holds; releases of earlier versions of slipway do not say it. */
  readonly size?: { readonly files: number; readonly bytes: number }
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
  /** The rollback that made a release live which another deployment had copied. It says so as long as that is live. */
  readonly wentBack?: { readonly deployment: string; readonly release: string }
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
  /** Set when a person asked to go back to `to`. */
  readonly rollback?: Rollback
  /** Milliseconds since 1970. */
  readonly at: number
}

/** What a rollback adds to a switch. */
export interface Rollback {
  /** Of the rollback itself; the release has that of the push that brought it. */
  readonly seq: number
  /** What is left by it; null when nothing was live. */
  readonly left: Pick<Release, 'name' | 'digest'> | null
}

/** A release of a host as it was last told. */
export interface KnownRelease
  extends Pick<Release, 'name' | 'digest' | 'tag' | 'status' | 'seq' | 'copiedAt'> {
  /** True when its folder was there. */
  readonly present: boolean
  readonly live: boolean
}
