export type { Clock } from './clock.ts'
export type { HealthCheck } from './config/check.ts'
export type { Credentials } from './config/credentials.ts'
export { type AuthType, authTypes, type Hook, type SourceId, sourceIds } from './config/hook.ts'
export { authOf, type HookAuth, offeredAuth } from './config/hook-auth.ts'
export { hostsOf } from './config/hosts.ts'
export type { Migration } from './config/migration.ts'
export { isName } from './config/names.ts'
export { type NoticeKind, type Notify, noticeKinds } from './config/notify.ts'
export { type Mistake, type ParsedConfig, parseConfig } from './config/parse.ts'
export type { Project, ReleaseSettings, Source, Strategy } from './config/project.ts'
export type { RedisNode, RedisSecrets } from './config/redis.ts'
export {
  type Schedule,
  type ScheduleName,
  type Schedules,
  scheduleNames,
  schedulesOf,
} from './config/schedule.ts'
export {
  type Config,
  configJsonSchema,
  type OpsRole,
  type RegistryRules,
} from './config/schema.ts'
export { type SecretRef, shortestHookSecret } from './config/secret-ref.ts'
export { type Service, targetOf } from './config/service.ts'
export { refuseStandardKey } from './config/standard-key.ts'
export type { Trust } from './config/trust.ts'
export { readDuration } from './config/units.ts'
export { describeDisk } from './disk/describe.ts'
export {
  type DiskMemory,
  type DiskThresholds,
  type DiskVerdict,
  freePart,
  freshDisk,
  isBelow,
  judgeDisk,
  type LastAct,
  mayAct,
} from './disk/pressure.ts'
export { type CatalogueEntry, catalogue, type ErrorCode } from './errors/catalogue.ts'
export { isConfigurationError } from './errors/configuration.ts'
export { asSlipwayError, SlipwayError, type SlipwayErrorOptions } from './errors/slipway-error.ts'
export {
  formatImageName,
  type ImageName,
  isDigest,
  isRegistryHost,
  isRepository,
  isTag,
  parseImageName,
  readDigest,
} from './image/reference.ts'
export {
  type PasswordCredentials,
  type RegistryCredentials,
  secretOf,
  type TokenCredentials,
} from './image/registry-credentials.ts'
export { type AcrHost, parseAcrHost, registryIdentity } from './image/registry-host.ts'
export {
  compareVersions,
  defaultTag,
  followsTag,
  isLowerVersion,
  parseTagRule,
  ruleFollows,
  type TagRule,
} from './image/tag-policy.ts'
export { inTurns } from './in-turns.ts'
export { pollCandidates, type TagsOfRegistry } from './poll/candidates.ts'
export { isNews, type NewestWant, type PollFacts, type TagAnswer } from './poll/news.ts'
export { type PollQuestion, type PollTime, pollPause, pollTime } from './poll/poll-time.ts'
export { type PollRecord, type RememberedAnswer, ruleText } from './poll/record.ts'
export { formatDuration } from './prune/age.ts'
export type {
  BuildCacheEntry,
  EngineInventory,
  HostContainer,
  HostImage,
  HostNetwork,
  HostVolume,
  Inventory,
  ProjectHoldings,
} from './prune/inventory.ts'
export { keptIn, keptSuffix, nextSuffix, runLabels, serviceLabels, serviceNameOf } from './prune/own-names.ts'
export {
  type PruneItem,
  type PruneKind,
  type PrunePlan,
  type PrunePolicy,
  planPrune,
  pruneKinds,
} from './prune/plan.ts'
export type { DiskFigures, PruneCause, PruneRecord } from './prune/record.ts'
export {
  formatBytes,
  type PruneSummary,
  planHeads,
  planRows,
  summarisePlan,
} from './prune/summarise.ts'
export { type ImagePush, judgeTag, type TagVerdict } from './push/image-push.ts'
export { type Announced, createMatcher, type Matcher, type MatchResult, type Miss } from './push/match.ts'
export { type RefusalReason, refusalReasons } from './push/refusal.ts'
export { retryDelay } from './queue/backoff.ts'
export {
  deployQueueName,
  keyPrefix,
  maintenanceQueueName,
  type NudgeData,
  nudgeName,
  nudgeOptions,
  type RetryPolicy,
  readNudge,
} from './queue/contract.ts'
export {
  isRequestId,
  type JobEnd,
  type RunAnswer,
  type RunRequest,
  readRunRequest,
  readVerifyRequest,
  runNames,
  type VerifyRequest,
  verifyName,
} from './queue/maintenance.ts'
export { isSameRepeat, type Repeat, repeatOf } from './queue/repeat.ts'
export { createLiveRedactor, createRedactor, type Redact } from './redact.ts'
export { cooledAt, type ImageAge } from './release/cooldown.ts'
export { type Drift, type DriftReport, isClean, mostDriftPaths } from './release/drift.ts'
export {
  afterCheck,
  type BackChoice,
  type BackQuestion,
  chooseBack,
  holdLeft,
  intentSeq,
  whatThereIs,
} from './release/go-back.ts'
export { hold, isHeld, unhold } from './release/hold.ts'
export {
  currentTarget,
  isReleaseName,
  layoutOf,
  type ReleaseLayout,
  releaseName,
  temporaryPrefix,
} from './release/layout.ts'
export type { HostState, KnownRelease, Release, Rollback, SwitchIntent } from './release/release.ts'
export { planRetention, type RetentionVerdict } from './release/retention.ts'
export { boundReport, isAsExpected, isSameDrift, type Verification } from './release/verification.ts'
export type {
  AcceptedWant,
  BackTarget,
  Deployment,
  Request,
  StepTiming,
  Trigger,
  Wanted,
} from './rollout/deployment.ts'
export { passedOver } from './rollout/passed-over.ts'
export {
  type Fleet,
  type HostProgress,
  isStopped,
  judgeRollout,
  type Rollout,
  type RolloutHost,
  type RolloutPolicy,
  type RolloutRef,
  type Turn,
} from './rollout/rollout.ts'
export {
  type DeploymentState,
  isOutcome,
  type Outcome,
  outcomes,
  type Step,
  steps,
  wentLive,
} from './rollout/steps.ts'
export { rollbacksOf, type WantedReference, wantsOf } from './rollout/wants.ts'
export { type CronRule, lastTime, nextTime } from './schedule/cron.ts'
export { describeFreeze, type Freeze, formatMinute, isFrozen } from './schedule/freeze.ts'
export { isReason, longestReason, readUntil } from './schedule/freeze-terms.ts'
export { type MaintenanceWindow, type WindowState, windowState } from './schedule/windows.ts'
