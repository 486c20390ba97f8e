import type { AcceptedWant, Project } from '@slipway/core'
import type { RegistryClient } from '@slipway/registry'
import type { ContainerCommands } from '../ports/container-commands.ts'
import type { ContainerEngine } from '../ports/container-engine.ts'
import type { CredentialSource } from '../ports/credential-source.ts'
import type { ReadEnvironment } from '../ports/environment-file.ts'
import type { ImageTrust } from '../ports/image-trust.ts'
import type { MaintenancePage } from '../ports/maintenance-page.ts'
import type { ReleaseStore } from '../ports/release-store.ts'
import type { RunReporter } from '../ports/run-reporter.ts'
import type { ServiceManager } from '../ports/service-manager.ts'
import type { SiteProbe } from '../ports/site-probe.ts'
import type { Timer } from '../ports/timer.ts'
import type { RoomKeeper } from './room.ts'
import type { RunSignals, StepRunner } from './step.ts'

/** What a worker is made of; the same for all runs. */
export interface Tools {
  readonly engine: ContainerEngine
  readonly registry: RegistryClient
  readonly trust: ImageTrust
  readonly services: ServiceManager
  readonly probe: SiteProbe
  readonly commands: ContainerCommands
  readonly maintenance: MaintenancePage
  readonly readEnvironment: ReadEnvironment
  readonly timer: Timer
  /** Keeps the disks from running full. */
  readonly room: RoomKeeper
  /** Four random characters for the name of a release. */
  readonly random: () => string
}

/** A project as its runs need it. */
export interface Site {
  readonly name: string
  readonly config: Project
  readonly credentials: CredentialSource
  /** Public keys (PEM) that `trust` of the project names; they count only where it is set. */
  readonly trustedKeys: readonly string[]
  readonly releases: ReleaseStore
}

/** One walk of one project, from the mutex to its end. */
export interface Run extends Tools, RunSignals {
  readonly site: Site
  readonly report: RunReporter
  readonly step: StepRunner
}

/** A walk towards a want. */
export interface DeployRun extends Run {
  readonly want: AcceptedWant
  /** The digest that the first host of the rollout found; null when it is still to be found. */
  readonly pinned: string | null
  /** Tells the other hosts of the rollout what was found; resolves with what all of them deploy. */
  readonly agree: (digest: string) => Promise<string>
  /** The want that makes this one pointless by now, or null. */
  readonly newer: (digest: string) => Promise<AcceptedWant | null>
  /**
   * The last look before what visitors can see.
   * @throws SlipwayError FENCED when this run may no longer switch
   */
  readonly fence: (signal: AbortSignal) => Promise<void>
}
