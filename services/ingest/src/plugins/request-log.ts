import type { RefusalReason } from '@slipway/core'
import type { FastifyBaseLogger, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

/** What a route knows about a request that belongs into its line of the log. */
export interface RequestFacts {
  readonly hook?: string | null
  readonly outcome?: string
  /** Of a call of a webhook that was refused. */
  readonly reason?: RefusalReason
  readonly why?: string
  readonly deployments?: readonly string[]
  /** `*` for all. */
  readonly project?: string
  readonly who?: string | undefined
  readonly err?: unknown
}

// A property of the request itself: a map of requests would have to be kept in order at every collection of garbage.
const facts = Symbol('facts')

declare module 'fastify' {
  interface FastifyRequest {
    [facts]?: RequestFacts | null
  }
}

// Asked every few seconds by whatever watches the service.
const quiet: ReadonlySet<string> = new Set(['/healthz', '/readyz'])

/** Adds to the line that is logged when the request ends. */
export function note(request: FastifyRequest, more: RequestFacts): void {
  const known = request[facts]
  request[facts] = known ? { ...known, ...more } : more
}

/** What was noted so far. */
export function factsOf(request: FastifyRequest): RequestFacts {
  return request[facts] ?? nothing
}

const nothing: RequestFacts = {}

/** One line for each request, at its end. The URL may hold a secret, so only the pattern of the route is named. */
export function logRequests(app: FastifyInstance): void {
  app.decorateRequest(facts, null)
  // Here and not in an error handler, because the board brings its own.
  app.addHook('onError', (request, _reply, error, done) => {
    note(request, { err: error })
    done()
  })
  app.addHook('onResponse', (request, reply, done) => {
    logRequest(request, reply)
    done()
  })
}

/** The same for a request that no route, and so no hook, has seen. */
export function logRequest(request: FastifyRequest, reply: FastifyReply): void {
  const route = request.is404 ? null : (request.routeOptions.url ?? null)
  const { hook, outcome, reason, why, deployments, project, who, err } = factsOf(request)
  request.log[levelOf(reply.statusCode, route)](
    {
      method: request.method,
      route,
      // What is undefined does not get into the line.
      hook: hook ?? undefined,
      status: reply.statusCode,
      outcome,
      reason,
      why,
      deployments,
      project,
      who,
      err: reply.statusCode >= 500 ? err : undefined,
      milliseconds: Math.round(reply.elapsedTime),
      remote: request.ip,
    },
    'request',
  )
}

function levelOf(
  status: number,
  route: string | null,
): keyof Pick<FastifyBaseLogger, 'debug' | 'info' | 'error'> {
  if (status >= 500) return 'error'
  return route !== null && quiet.has(route) ? 'debug' : 'info'
}
