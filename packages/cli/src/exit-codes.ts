import { type ErrorCode, isConfigurationError } from '@slipway/core'

/** How the command ends. */
export const exitCodes = {
  ok: 0,
  failed: 1,
  /** The command line is wrong. */
  usage: 2,
  /** What was looked at is not as it should be: `slipway verify`. */
  drift: 3,
  /** EX_CONFIG of sysexits.h: the configuration, or a secret that it names, cannot be used. */
  config: 78,
} as const

export function exitCodeOf(code: ErrorCode): number {
  return isConfigurationError(code) ? exitCodes.config : exitCodes.failed
}
