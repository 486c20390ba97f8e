import cookie from '@fastify/cookie'
import type { Clock } from '@slipway/core'
import type { Queue } from 'bullmq'
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import { serveApi } from './api/register.ts'
import { showConsole } from './console/console.ts'
import { createListener } from './listener.ts'
import { createAuthenticate, type TokenHash } from './ops/access.ts'
import { createAttempts } from './ops/attempts.ts'
import type { Operations } from './ops/operations.ts'
import { createSessions } from './ops/sessions.ts'
import { showBoard } from './plugins/board.ts'
import { requireSameOrigin } from './plugins/same-origin.ts'
import { setSecurityHeaders } from './plugins/security-headers.ts'
import { guardSessions } from './plugins/session-guard.ts'
import { healthRoute } from './routes/health.ts'
import { loginRoutes } from './routes/login.ts'
import { type MetricsTools, metricsRoute } from './routes/metrics.ts'

export interface OpsAppOptions {
  readonly log: FastifyBaseLogger
  readonly clock: Clock
  /** Who may log in; nobody when empty. */
  readonly tokens: readonly TokenHash[]
  /** What the board shows. */
  readonly queues: readonly Queue[]
  /** What the API does. */
  readonly operations: Operations
  /** What `GET /metrics` tells; without, there is no such path. */
  readonly metrics?: MetricsTools
  /** Where the built console is; default: where its own build puts it. */
  readonly consoleFolder?: string
}

const bodyLimit = 65_536
// The board waits for Redis; whoever looks at it does not wait for ever.
const answerWithin = 10_000

/** The listener for operators: login, console, API, metrics and Bull Board. It does not listen yet. */
export async function createOpsApp(options: OpsAppOptions): Promise<FastifyInstance> {
  const { log, clock, tokens, queues, operations, metrics, consoleFolder } = options
  const app = createListener({ log, bodyLimit, answerWithin })
  await app.register(cookie)
  takeForms(app)

  const tools = {
    authenticate: createAuthenticate(tokens),
    sessions: createSessions(clock),
    attempts: createAttempts(clock),
  }
  setSecurityHeaders(app)
  requireSameOrigin(app)
  guardSessions(app, tools)

  loginRoutes(app, tools)
  healthRoute(app)
  serveApi(app, { operations, clock })
  if (metrics) metricsRoute(app, metrics)
  showConsole(app, consoleFolder)
  showBoard(app, queues)
  return app
}

function takeForms(app: FastifyInstance): void {
  const form = 'application/x-www-form-urlencoded'
  app.addContentTypeParser(form, { parseAs: 'string' }, (_request, body, done) =>
    done(null, new URLSearchParams(body.toString())),
  )
}
