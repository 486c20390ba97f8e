export { freePort } from './free-port.ts'
export { type BuildOptions, build, hasImage } from './images/docker-build.ts'
export { phpSiteFolder } from './images/recipes.ts'
export { image, prepareImages } from './images.ts'
export type { LabOptions } from './lab-options.ts'
export { ensureMachine, type Machine, type MachineNeed, type MachineOptions } from './machine.ts'
export { type PhpSite, type PhpSiteOptions, startPhpSite } from './php-site.ts'
export { type PollOptions, poll } from './poll.ts'
export { type Exit, type LabProcess, type ProcessOptions, startProcess } from './process.ts'
export { type LabRedis, startRedis } from './redis.ts'
export { createRedisServer, type RedisServer } from './redis-server.ts'
export type { NotificationEndpoint } from './registry/config.ts'
export type { TokenUser } from './registry/grants.ts'
export { type LabRegistry, type RegistryOptions, type RegistryUser, startRegistry } from './registry.ts'
export { runLabel, thisRun } from './run-id.ts'
export type { CurrentReport, Gap, SeenTarget } from './sampler/current-watcher.ts'
export type { HammerReport } from './sampler/hammer.ts'
export { type HammerOptions, hammer, type Sampler, type WatchOptions, watchCurrent } from './sampler.ts'
export type { Row } from './site/read-table.ts'
export {
  type CliOptions,
  type CliResult,
  runCli,
  type ServiceOptions,
  startEmbeddedRedis,
  startIngest,
  startWorker,
  type WorkerOptions,
} from './slipway.ts'
export { buildSource, pull, push, type SiteVariant, type SourceOptions } from './source-image.ts'
export { type Swept, sweepLeftovers, sweepThisRun } from './sweep.ts'
export { startTokenRegistry, type TokenRegistryOptions } from './token-registry.ts'
