import { createSecretKeeper } from '@slipway/config-file'
import type { Config } from '@slipway/core'
import type { CommandContext } from '../command.ts'
import { exitCodes } from '../exit-codes.ts'
import { plainText } from '../plain-text.ts'
import { askRegistries } from './ask-registries.ts'
import { formatReport } from './format-report.ts'
import { planOnline } from './plan.ts'
import { reportOnline } from './report.ts'

export interface CheckOnlineOptions {
  readonly json: boolean
  /** Warnings count as failures. */
  readonly strict: boolean
}

/** Asks the registries who can read what, prints it, and resolves with the exit code. */
export async function checkOnline(
  config: Config,
  { environment, clock, out }: CommandContext,
  { json, strict }: CheckOnlineOptions,
): Promise<number> {
  const secrets = createSecretKeeper(clock)
  const plan = planOnline(config)
  const report = reportOnline(plan, await askRegistries(plan, config, { environment, clock, secrets }))
  const lines = json ? [JSON.stringify(report, null, 2)] : formatReport(report)
  // A registry may say anything, also what it was sent.
  for (const line of lines) out(plainText(secrets.redact(line)))
  const isGood = report.problems.length === 0 && !(strict && report.warnings.length > 0)
  return isGood ? exitCodes.ok : exitCodes.failed
}
