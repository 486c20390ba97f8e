import type { HealthCheck } from '@slipway/core'
import { projectOf } from './project.ts'

/** A check, as a person would configure it. */
export function checkOf(written: object): HealthCheck {
  const [check] = projectOf({ check: written }).check
  if (!check) throw new Error('no check')
  return check
}
