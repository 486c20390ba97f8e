import type { Release } from './release.ts'

/** Where things lie below a release root. Path arithmetic only; all paths are absolute. */
export interface ReleaseLayout {
  readonly root: string
  readonly releases: string
  /** The relative symlink that the site is served through. */
  readonly current: string
  readonly shared: string
  /** Slipway's own folder. */
  readonly own: string
  readonly lock: string
  readonly state: string
  readonly journal: string
  /** The mark of the Redis that this host last worked with. */
  readonly epoch: string
  /** Folder of the records, one a release. */
  readonly records: string
  /** Folder of the manifests, one a release. */
  readonly manifests: string
  /** What is known of layers of images, one file a layer. */
  readonly layers: string
  /** Lies there while a migration runs that wants it, for the web server to find. */
  readonly maintenance: string
}

export function layoutOf(root: string): ReleaseLayout {
  const own = `${root}/.slipway`
  return {
    root,
    releases: `${root}/releases`,
    current: `${root}/current`,
    shared: `${root}/shared`,
    own,
    lock: `${own}/lock`,
    state: `${own}/state.json`,
    journal: `${own}/journal.json`,
    epoch: `${own}/epoch.json`,
    records: `${own}/releases`,
    manifests: `${own}/manifests`,
    layers: `${own}/layers`,
    maintenance: `${root}/maintenance.on`,
  }
}

/** `<seq>-<digest12>-<rand4>`: sorts by age, says what it holds, and cannot be guessed by what lies beside it. */
export function releaseName(seq: number, digest: string, random: string): string {
  return `${seq}-${digest.replace('sha256:', '').slice(0, 12)}-${random}`
}

/** True for a name that `releaseName` made. */
export function isReleaseName(text: string): boolean {
  return /^\d{1,17}-[a-f0-9]{12}-[a-z0-9]{4}$/.test(text)
}

/** Names of unfinished work begin so; whatever bears it is swept. */
export const temporaryPrefix = '.tmp-'

/** What the link `current` holds for a release. */
export function currentTarget(release: Pick<Release, 'name'>): string {
  return `releases/${release.name}`
}
