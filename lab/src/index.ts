export { isFull } from './environment.ts'
export { freePort } from './free-port.ts'
export { type BuildOptions, build, hasImage } from './images/docker-build.ts'
export { phpSiteFolder } from './images/recipes.ts'
export { image, prepareImages } from './images.ts'
export type { LabOptions } from './lab-options.ts'
export { ensurePrograms, type ProgramName } from './machine/ensure-programs.ts'
export { ensureMachine, type Machine, type MachineNeed, type MachineOptions } from './machine.ts'
export { busyboxLayer } from './oci/busybox-layer.ts'
export {
  type Image,
  type ImageConfig,
  type ImageFormat,
  type ImageOptions,
  makeImage,
  makeImageList,
  type TypedBytes,
} from './oci/image.ts'
export { digestOf, fileEntries, type Layer, type LayerEntry, layerOfTar, makeLayer } from './oci/layer.ts'
export {
  bundleLayer,
  bundleType,
  newSigningKey,
  payloadFor,
  putBundles,
  putSimpleSignatures,
  putSmallImage,
  type SigningKey,
  type SigningKeyKind,
  simpleLayer,
} from './oci/signing.ts'
export { getManifest, putBlob, putManifest, type Repository, removeContent } from './oci/upload.ts'
export { type PushImageOptions, pushImage, retag } from './oci-image.ts'
export { type PhpSite, type PhpSiteOptions, startPhpSite } from './php-site.ts'
export { type PollOptions, poll } from './poll.ts'
export { type PrivateEngine, type PrivateEngineOptions, startPrivateEngine } from './private-engine.ts'
export { createProbe, idleProgram, type Probe, type ProbeSample } from './probe.ts'
export { type ProcessFigures, processFigures } from './proc.ts'
export { type Exit, type LabProcess, type ProcessOptions, startProcess } from './process.ts'
export { type LabRedis, startRedis } from './redis.ts'
export {
  createRedisServer,
  openRedisServer,
  type RedisServer,
  type RedisServerOptions,
} from './redis-server.ts'
export type { NotificationEndpoint } from './registry/config.ts'
export type { TokenUser } from './registry/grants.ts'
export { type LabRegistry, type RegistryOptions, type RegistryUser, startRegistry } from './registry.ts'
export {
  type RegistryProcess,
  type RegistryProcessOptions,
  startRegistryProcess,
} from './registry-process.ts'
export { runLabel, thisRun } from './run-id.ts'
export type { CurrentReport, Gap, SeenTarget } from './sampler/current-watcher.ts'
export type { HammerReport } from './sampler/hammer.ts'
export { type HammerOptions, hammer, type Sampler, type WatchOptions, watchCurrent } from './sampler.ts'
export type { Row } from './site/read-table.ts'
export { type SiteServer, type SiteServerOptions, startSiteServer } from './site-server.ts'
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
export { steadyPort } from './steady-port.ts'
export { type Swept, sweepLeftovers, sweepThisRun } from './sweep.ts'
export {
  type ProxyCounts,
  type ProxyEnd,
  type SlowOptions,
  startTcpProxy,
  type TcpProxy,
  type TcpProxyOptions,
} from './tcp-proxy.ts'
export { mountTmpfs, type Tmpfs, type TmpfsOptions } from './tmpfs.ts'
export { startTokenRegistry, type TokenRegistryOptions } from './token-registry.ts'
