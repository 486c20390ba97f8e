export { askRedis } from './ask-redis.ts'
export { connectFailingFast, connectWaiting, type RedisClient } from './connection.ts'
export { type Control, type ControlOptions, createControl } from './control.ts'
export { createDeploymentReader, type DeploymentReader } from './deployment-reader.ts'
export { createDriftStore, type DriftStore } from './drift-store.ts'
export { freezeProjects, type HeldFreeze, heldFreezes, unfreezeProjects } from './freezing.ts'
export { type HostReleases, knownReleases } from './known-releases.ts'
export { createNudger, type Nudger } from './nudger.ts'
export { isRefusal, patiently } from './patiently.ts'
export {
  type HostReport,
  type ProjectReport,
  type ReportOptions,
  type RolloutReport,
  recentDeployments,
  reportOn,
  reportOnAll,
} from './project-report.ts'
export { createPushStore, type PushStore, type PushStoreOptions } from './push-store.ts'
export { createReconcileStore, type ReconcileStore, type Surveyed } from './reconcile-store.ts'
export {
  describeRedis,
  embeddedSocket,
  type RedisPlace,
  type RedisSettings,
  redisSettings,
} from './redis-settings.ts'
export { createRolloutStore, type RolloutStore } from './rollout-store.ts'
export { createRunStore, type RunEnd, type RunFacts, type RunStore, type TakenWant } from './run-store.ts'
export { readServerFacts, requireKeeping, type ServerFacts } from './server-facts.ts'
export { createVerifyDesk, type RequestState, type VerifyDesk } from './verify-desk.ts'
