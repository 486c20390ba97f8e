export { askRedis } from './ask-redis.ts'
export { connectFailingFast, connectWaiting, type RedisClient } from './connection.ts'
export { type Control, type ControlOptions, createControl } from './control.ts'
export { createDeploymentReader, type DeploymentReader } from './deployment-reader.ts'
export { createDriftStore, type DriftStore } from './drift-store.ts'
export { freezeProjects, type HeldFreeze, heldFreezes, unfreezeProjects } from './freezing.ts'
export { createJobEnds, type JobEnds } from './job-ends.ts'
export { type HostReleases, knownReleases } from './known-releases.ts'
export {
  createMaintenanceDesk,
  type MaintenanceDesk,
  type PlacedSchedule,
  type RequestState,
} from './maintenance-desk.ts'
export { createNudger, type Nudger } from './nudger.ts'
export { isRefusal, patiently } from './patiently.ts'
export { createPollStore, type PollStore, pollRecord } from './poll-store.ts'
export {
  type HostReport,
  type ProjectReport,
  type ReportOptions,
  type RolloutReport,
  recentDeployments,
  reportOn,
  reportOnAll,
} from './project-report.ts'
export { createPruneStore, type PruneStore } from './prune-store.ts'
export { createPushStore, type PushStore, type PushStoreOptions, type TakenPush } from './push-store.ts'
export { createQueueReport, type QueueCounts, type QueueReport } from './queue-report.ts'
export { createReconcileStore, type ReconcileStore, type Surveyed } from './reconcile-store.ts'
export {
  describeRedis,
  embeddedSocket,
  type RedisPlace,
  type RedisSettings,
  redisSettings,
} from './redis-settings.ts'
export {
  createRefusedCallsStore,
  type RefusedCalls,
  type RefusedCallsStore,
  type SoughtCalls,
} from './refused-calls.ts'
export { createRolloutStore, type RolloutStore } from './rollout-store.ts'
export { createRunStore, type RunEnd, type RunFacts, type RunStore, type TakenWant } from './run-store.ts'
export { reportSchedules, type ScheduleReport } from './schedule-report.ts'
export { readServerFacts, requireKeeping, type ServerFacts } from './server-facts.ts'
