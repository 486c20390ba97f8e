import type { Command } from '../command.ts'
import { audit } from './audit.ts'
import { cancel } from './cancel.ts'
import { check } from './check.ts'
import { deploy } from './deploy.ts'
import { freeze } from './freeze.ts'
import { hooks } from './hooks.ts'
import { logs } from './logs.ts'
import { prune } from './prune.ts'
import { redis } from './redis.ts'
import { retry } from './retry.ts'
import { rollback } from './rollback.ts'
import { run } from './run.ts'
import { schedules } from './schedules.ts'
import { status } from './status.ts'
import { token } from './token.ts'
import { unfreeze } from './unfreeze.ts'
import { verify } from './verify.ts'
import { webhookExplain } from './webhook-explain.ts'

/** In the order in which `slipway --help` lists them. */
export const commands: readonly Command[] = [
  check,
  hooks,
  deploy,
  rollback,
  status,
  verify,
  logs,
  audit,
  cancel,
  retry,
  freeze,
  unfreeze,
  prune,
  schedules,
  run,
  token,
  redis,
  webhookExplain,
]
