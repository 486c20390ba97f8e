import type { Readable } from 'node:stream'
import type { ImageName, RegistryCredentials } from '@slipway/core'

export interface PullRequest {
  readonly image: ImageName
  readonly digest: string
  readonly credentials: RegistryCredentials | null
  /** Milliseconds without any progress after which the pull is ended. */
  readonly inactivity: number
  readonly signal: AbortSignal
  /** One short line each time something worth telling happened. */
  readonly onProgress: (line: string) => void
}

export interface SourceArchive {
  /** A tar stream; entry names begin with the last part of the path. */
  readonly stream: Readable
  /** True when no folder on the way to the path is a link in the image. */
  readonly isPlain: boolean
  /** Removes what had to be made in the engine to read it. Never throws. */
  close(): Promise<void>
}

/** What a container is for; written on it as labels, so that whoever comes later knows what it met. */
export interface ContainerPurpose {
  readonly project: string
  readonly role: 'source' | 'migrate' | 'before'
  readonly release: string
  readonly deployment: string
}

export interface ContainerSpec {
  readonly name: string
  readonly image: ImageName
  readonly digest: string
  readonly purpose: ContainerPurpose
  /** Arguments; undefined for the entrypoint and command of the image. */
  readonly command: readonly string[] | undefined
  /** `NAME=value` */
  readonly environment: readonly string[]
  /** Name of a network; undefined for none. */
  readonly network: string | undefined
  readonly user: string | undefined
  /** Bytes, with swap; undefined for no limit. */
  readonly memory: number | undefined
  /** So many CPUs at most; undefined for no limit. */
  readonly cpus: number | undefined
  /** So many processes at most. */
  readonly pids: number
}

export interface ContainerFacts {
  readonly id: string
  readonly state: 'created' | 'running' | 'exited'
  /** Null until it has ended. */
  readonly exitCode: number | null
  /** Name of the release that it was made for. */
  readonly release: string
}

/** A container that a worker of this host made. */
export interface OwnContainer extends ContainerFacts {
  readonly project: string
  readonly role: ContainerPurpose['role']
  /** Milliseconds since 1970. */
  readonly createdAt: number
}

/**
 * The Docker Engine, as far as a deploy needs it. Every call ends when its signal fires.
 * @throws SlipwayError ENGINE_UNAVAILABLE (retryable) and ENGINE_FAILED by all of them
 */
export interface ContainerEngine {
  /** Answers whether the engine has exactly this image. */
  hasImage(image: ImageName, digest: string, signal: AbortSignal): Promise<boolean>
  /**
   * Resolves only when the engine has exactly this digest.
   * @throws SlipwayError PULL_FAILED, PULL_STALLED, DISK_FULL, IMAGE_PLATFORM_UNSUITABLE
   */
  pull(request: PullRequest): Promise<void>
  /**
   * Gives a pulled image a local name, so that no pruning of unnamed images takes it, nor another project that has it too.
   * @throws SlipwayError PULL_FAILED when it is there no longer
   */
  keepImage(
    image: ImageName,
    digest: string,
    as: { project: string; seq: number },
    signal: AbortSignal,
  ): Promise<void>
  /**
   * Takes the local name away again, and the image with it where no other name keeps it and no container needs it. What
   * is gone is no error.
   */
  forgetImage(
    image: ImageName,
    digest: string,
    as: { project: string; seq: number },
    signal: AbortSignal,
  ): Promise<void>
  /**
   * Reads a folder of an image without running anything of it.
   * @throws SlipwayError SOURCE_MISSING
   */
  openSource(
    source: { image: ImageName; digest: string; path: string; purpose: ContainerPurpose },
    signal: AbortSignal,
  ): Promise<SourceArchive>
  /** Null when no container has this name. */
  findContainer(name: string, signal: AbortSignal): Promise<ContainerFacts | null>
  /** Creates and starts; the name is free or the engine refuses. Returns the id. */
  runContainer(spec: ContainerSpec, signal: AbortSignal): Promise<string>
  /** Gives each line of the output, from the beginning, until the container has ended. */
  followOutput(id: string, onLine: (line: string) => void, signal: AbortSignal): Promise<void>
  /** Resolves with the exit code. */
  waitForExit(id: string, signal: AbortSignal): Promise<number>
  /** Asks it to end, kills it when it does not within `grace` milliseconds. */
  stopContainer(id: string, grace: number, signal: AbortSignal): Promise<void>
  /** Removing what is not there is no error. */
  removeContainer(id: string, signal: AbortSignal): Promise<void>
  /** Removes what died runs left of a project's source containers. The caller holds the mutex of the project. */
  sweepSources(project: string, signal: AbortSignal): Promise<void>
  /** Every container that workers of this host made and that is still there, whatever project it was for. */
  ownContainers(signal: AbortSignal): Promise<OwnContainer[]>
}
