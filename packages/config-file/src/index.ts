export { passwordsOf, readHookSecrets, readRedisSecrets, readTogether } from './named-secrets.ts'
export { formatMistakes, type ReadConfig, readConfig, requireConfig } from './read-config.ts'
export { type Environment, readSecrets, type SecretRequest } from './read-secrets.ts'
