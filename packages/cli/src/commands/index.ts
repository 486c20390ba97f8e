import type { Command } from '../command.ts'
import { check } from './check.ts'
import { deploy } from './deploy.ts'
import { hooks } from './hooks.ts'
import { logs } from './logs.ts'
import { redis } from './redis.ts'
import { status } from './status.ts'
import { token } from './token.ts'
import { webhookExplain } from './webhook-explain.ts'

/** In the order in which `slipway --help` lists them. */
export const commands: readonly Command[] = [check, hooks, deploy, status, logs, token, redis, webhookExplain]
