/** Which deployment wants the page of a site, and since when. */
export interface MaintenanceNote {
  /** Milliseconds since 1970. */
  readonly since: number
  readonly deployment: string
}

/**
 * The file by which the web server of a site knows that it is to show its maintenance page. One that a person put there
 * is left as it is by all of these.
 * @throws SlipwayError RELEASE_STORE_FAILED, DISK_FULL by all of them
 */
export interface MaintenancePage {
  /** Resolves when the file is on the disk; one of an earlier deployment is replaced. */
  show(root: string, note: MaintenanceNote): Promise<void>
  /** Takes the file away. False when there was none of ours. */
  hide(root: string): Promise<boolean>
  /** Null when there is none of ours. */
  shown(root: string): Promise<MaintenanceNote | null>
}
