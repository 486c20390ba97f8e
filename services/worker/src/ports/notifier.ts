import type { NoticeKind } from '@slipway/core'

/** Something that a person may want to hear of. */
export interface Notice {
  readonly event: NoticeKind
  /** Null for what is about the host as a whole. */
  readonly project: string | null
  readonly host: string
  /** Milliseconds since 1970. */
  readonly at: number
  /** One or a few lines for a person; chat services show this. */
  readonly text: string
  readonly deployment?: string
  readonly release?: string
  /** Further facts for programs. */
  readonly details?: Readonly<Record<string, unknown>>
}

/** Tells whoever the configuration names. */
export interface Notifier {
  /** Returns at once and never throws: whatever becomes of a notice, what it is about goes on. */
  tell(notice: Notice): void
  /** Gives what is on its way so many milliseconds more, then gives it up. */
  close(grace: number): Promise<void>
}
