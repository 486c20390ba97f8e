/**
 * Every error slipway raises on purpose. `retryable` is true only when visitors saw nothing change and the cause
 * lies outside the release, so that trying again can help and cannot flap. docs/errors.md is made from this table.
 */
export const catalogue = {
  CONFIG_INVALID: {
    retryable: false,
    meaning: 'The configuration has mistakes; each is listed with its path.',
    operator: 'Mend what is listed, then run `slipway check FILE` again.',
  },
  CONFIG_UNREADABLE: {
    retryable: false,
    meaning: 'The configuration file cannot be read or is not YAML.',
    operator: 'Check the path, the permissions and the line that is named.',
  },
  SECRET_UNAVAILABLE: {
    retryable: false,
    meaning: 'A secret that the configuration names is not set, empty, too short or not readable.',
    operator: 'Set the environment variable or the file that is named, then start the service again.',
  },
  PROJECT_UNKNOWN: {
    retryable: false,
    meaning: 'No project of this name is configured for this host.',
    operator: 'Check the name, and the `hosts` of the project. A job edited by hand is harmless: remove it.',
  },
  IMAGE_REFERENCE_INVALID: {
    retryable: false,
    meaning: 'An image, tag or digest is not of the form that the OCI specification gives.',
    operator: 'Correct the reference; the message names the part that is wrong.',
  },
  TAG_NOT_FOLLOWED: {
    retryable: false,
    meaning: 'The project does not follow this tag.',
    operator: 'Deploy a tag that `tags` of the project allows, or widen `tags`.',
  },
  REDIS_UNAVAILABLE: {
    retryable: true,
    meaning: 'Redis did not answer in time.',
    operator: 'Check that Redis runs, is reachable and has memory and disk left.',
  },
  REDIS_UNSUITABLE: {
    retryable: false,
    meaning: 'Redis may drop what it accepted: its eviction policy is not `noeviction`.',
    operator: 'Set `maxmemory-policy noeviction` and `appendonly yes` on this server.',
  },
  REGISTRY_UNAVAILABLE: {
    retryable: true,
    meaning: 'The registry or its token service could not be reached, timed out or answered with a 5xx.',
    operator: 'Check the network and the registry; slipway tries again by itself.',
  },
  REGISTRY_RATE_LIMITED: {
    retryable: true,
    meaning: 'The registry asked us to wait.',
    operator: 'Nothing, unless it happens often: then raise the limit with the registry.',
  },
  REGISTRY_UNAUTHORIZED: {
    retryable: false,
    meaning: 'The registry refused the credentials of this project.',
    operator: 'Check user name and password of the `credentials` entry that the project names.',
  },
  REGISTRY_DENIED: {
    retryable: false,
    meaning: 'The credentials of this project are valid but may not read this repository.',
    operator: 'Grant this user read access to the repository, or name other credentials in the project.',
  },
  REGISTRY_PROTOCOL: {
    retryable: false,
    meaning: 'The registry answered with something that the distribution protocol does not allow.',
    operator: 'Check that `image` names a registry (and not a proxy page in front of it).',
  },
  IMAGE_NOT_FOUND: {
    retryable: false,
    meaning: 'The registry has no such repository, tag or digest (or hides it from these credentials).',
    operator: 'Check the repository name and that the tag still exists.',
  },
  IMAGE_PLATFORM_UNSUITABLE: {
    retryable: false,
    meaning: 'The image has no variant for the platform of this host.',
    operator: 'Build the image for the platform that the message names.',
  },
  ENGINE_UNAVAILABLE: {
    retryable: true,
    meaning: 'The Docker Engine could not be reached or did not answer in time.',
    operator: 'Check that the engine runs and that the worker may use its socket.',
  },
  ENGINE_FAILED: {
    retryable: false,
    meaning: 'The Docker Engine refused the call.',
    operator: 'Read the message; it is the one of the engine.',
  },
  PULL_FAILED: {
    retryable: true,
    meaning: 'The pull ended with an error, without a final status or with another image than was asked for.',
    operator: 'Read the message; check the registry, the network and the disk of the engine.',
  },
  PULL_STALLED: {
    retryable: true,
    meaning: 'The pull made no progress for too long and was ended.',
    operator: 'Check the network between this host and the registry.',
  },
  DISK_FULL: {
    retryable: false,
    meaning: 'There is not enough space (or there are no inodes left) on the disk that is named.',
    operator: 'Free space; then `slipway deploy PROJECT` again.',
  },
  DISK_FLOOR: {
    retryable: false,
    meaning: 'The disk that is named has too little space (or too few inodes) left for this image.',
    operator: 'Free as much as the message says, then `slipway deploy PROJECT`; or lower `disk.floor`.',
  },
  IMAGE_UNTRUSTED: {
    retryable: false,
    meaning: 'The image bears no signature of a key that `trust` of the project names.',
    operator: 'Sign the image with cosign, or check the key that `trust` names. It was not pulled.',
  },
  CREDENTIALS_UNAVAILABLE: {
    retryable: true,
    meaning: 'The command that gets the credentials of this project failed, or printed something else.',
    operator: 'Run the `command` of the `credentials` entry by hand on the host of the worker.',
  },
  SOURCE_MISSING: {
    retryable: false,
    meaning:
      'The image has no folder at `source.path`, or the folder lacks a file that `source.require` names.',
    operator: 'Check `source` of the project against what the image holds.',
  },
  SOURCE_REFUSED: {
    retryable: false,
    meaning:
      'The image holds something that must not be written to a host: a device, a link out of the tree, a path that climbs.',
    operator: 'Take the entry that is named out of the image.',
  },
  SOURCE_TOO_LARGE: {
    retryable: false,
    meaning: 'The source is over one of the limits of bytes, entries, depth or name length.',
    operator: 'Take what does not belong there out of the image, or raise `source.limits` of the project.',
  },
  ARCHIVE_BROKEN: {
    retryable: true,
    meaning: 'The archive that the engine sends ended early or cannot be read.',
    operator: 'Slipway tries again; if it stays, check the engine and its disk.',
  },
  RELEASE_STORE_FAILED: {
    retryable: false,
    meaning: 'A file operation below the release root failed.',
    operator: 'Read the message: permissions, a read-only disk, or a folder where `current` must be a link.',
  },
  SHARED_PATH_REFUSED: {
    retryable: false,
    meaning:
      'A shared path cannot be linked, because something in its way is not a folder that slipway made.',
    operator: 'Check `release.shared` against the source image and the folder `shared/` on the host.',
  },
  BACKUP_FAILED: {
    retryable: false,
    meaning: 'What `migrate.before` runs failed or took too long, so the migration was not begun.',
    operator: 'Read its output in the log of the deployment; then `slipway deploy PROJECT`.',
  },
  MIGRATION_FAILED: {
    retryable: false,
    meaning: 'The migration ended with an exit code other than zero, or could not be started.',
    operator: 'Read its output in the log of the deployment; the live release was not touched.',
  },
  MIGRATION_TIMEOUT: {
    retryable: false,
    meaning: 'The migration ran longer than `migrate.timeout` and was ended.',
    operator: 'Check what it waits for, look at the database, then deploy again.',
  },
  RELOAD_FAILED: {
    retryable: false,
    meaning: 'A service could not be told about the new release.',
    operator: 'Check that the container that is named runs and knows the signal or command.',
  },
  SERVICE_UNHEALTHY: {
    retryable: false,
    meaning: 'A container that was recreated did not become healthy; the one before it runs again.',
    operator: 'Look at the log of the container that is named; push a mended image.',
  },
  ROLLBACK_REFUSED: {
    retryable: false,
    meaning:
      'There is no release to go back to as it was asked for, or it is no longer what its manifest says.',
    operator: 'Name another one with `--to` or `--digest`; `slipway status PROJECT` lists them.',
  },
  RELEASE_UNKNOWN: {
    retryable: false,
    meaning: 'The project has no release, or no manifest of it, to look at.',
    operator: 'Deploy once; releases of earlier versions of slipway have no manifest.',
  },
  WORKER_SILENT: {
    retryable: false,
    meaning: 'The worker of a host did not answer in time what it was asked.',
    operator: 'Check that it runs, with the same Redis; it answers after what it is at.',
  },
  DIGEST_HELD: {
    retryable: false,
    meaning:
      'This image failed its check on this host before, or was left by a rollback: a repeated push does not bring it back.',
    operator:
      'Push a mended image, or say `slipway deploy PROJECT --force` when the cause lay outside of it.',
  },
  CHECK_FAILED: {
    retryable: false,
    meaning: 'The release was switched to but its check did not pass.',
    operator: 'Look at the log of the site; push a mended image.',
  },
  ROLLBACK_FAILED: {
    retryable: false,
    meaning: 'The release was bad and going back to the last good one failed too.',
    operator: 'The site needs a person now: look at `current` below the release root and at the services.',
  },
  FENCED: {
    retryable: true,
    meaning: 'This run lost its right to the project before the switch, so it did not switch.',
    operator: 'Nothing: the newest push is deployed by the run that took over.',
  },
  STEP_TIMEOUT: {
    retryable: true,
    meaning: 'A step took longer than its deadline and was ended.',
    operator: 'Read the log of the deployment for what it waited for.',
  },
  INTERRUPTED: {
    retryable: true,
    meaning: 'The worker stopped, or lost its job, before the end of this run.',
    operator: 'Nothing: it goes on at the next start of the worker, or with the worker that took over.',
  },
  CANCELLED: {
    retryable: false,
    meaning: 'A person took the deployment back.',
    operator: 'Nothing. `slipway retry DEPLOYMENT` takes it up again as long as nothing newer was pushed.',
  },
  ROLLOUT_STOPPED: {
    retryable: false,
    meaning: 'Too many other hosts of this rollout failed, so this host was not started, or went back.',
    operator: 'Look at the host that failed; push a mended image, or `slipway deploy PROJECT`.',
  },
  DEPLOYMENT_UNKNOWN: {
    retryable: false,
    meaning: 'No host of the configuration knows this deployment.',
    operator: 'Take the id from `slipway status PROJECT`; old deployments are forgotten.',
  },
  DEPLOYMENT_ENDED: {
    retryable: false,
    meaning: 'The deployment has ended in a way that leaves nothing to cancel or to try again.',
    operator: 'Read the message: it says what came of it and what can be done instead.',
  },
  ATTEMPTS_EXHAUSTED: {
    retryable: false,
    meaning: 'The run was given up: its worker died or lost its lock too often.',
    operator: 'Look at the log of the worker for what ended it, then deploy again.',
  },
  INTERNAL: {
    retryable: false,
    meaning: 'Something happened that slipway does not know how to treat.',
    operator: 'Report it with the log of the deployment.',
  },
} as const satisfies Record<string, CatalogueEntry>

export interface CatalogueEntry {
  readonly retryable: boolean
  /** What happened, in one sentence. */
  readonly meaning: string
  /** What the operator does about it, in one sentence. */
  readonly operator: string
}

export type ErrorCode = keyof typeof catalogue
