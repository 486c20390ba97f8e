import type { Bars, BenchOptions } from '../bars.ts'
import type { Host } from '../host.ts'

/** What a part of this bench is given. */
export interface Part extends BenchOptions {
  /** On the same file system as the host's sites. */
  readonly folder: string
  readonly host: Host
  readonly bars: Bars
}
