import type { ErrorCode } from './catalogue.ts'

const configurationCodes: ReadonlySet<ErrorCode> = new Set([
  'CONFIG_INVALID',
  'CONFIG_UNREADABLE',
  'SECRET_UNAVAILABLE',
  'REDIS_UNSUITABLE',
])

/** True when starting again changes nothing until a person has changed the configuration or what it names. */
export function isConfigurationError(code: ErrorCode): boolean {
  return configurationCodes.has(code)
}
