export {
  connectFailingFast,
  connectWaiting,
  embeddedSocket,
  type RedisSettings,
  redisSettings,
} from './connection.ts'
export { createDeploymentReader, type DeploymentReader } from './deployment-reader.ts'
export { createPushStore, type PushStore, type PushStoreOptions } from './push-store.ts'
export { createRunStore, type RunEnd, type RunFacts, type RunStore, type TakenWant } from './run-store.ts'
export { readServerFacts, requireKeeping, type ServerFacts } from './server-facts.ts'
