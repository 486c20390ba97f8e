import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { isForProgram } from '../api/paths.ts'
import type { Authenticate, Identity } from '../ops/access.ts'
import type { Attempts } from '../ops/attempts.ts'
import type { Sessions } from '../ops/sessions.ts'
import { bearerOf } from './bearer.ts'
import { sendError } from './error-handler.ts'
import { note } from './request-log.ts'
import { isSafe } from './same-origin.ts'

export const sessionCookie = 'slipway_session'

export interface GuardTools {
  readonly authenticate: Authenticate
  readonly sessions: Sessions
  readonly attempts: Attempts
}

// By pattern of the route and not by URL: there is no second spelling of these.
const open: ReadonlySet<string | undefined> = new Set(['/login', '/healthz'])
const forEveryRole: ReadonlySet<string | undefined> = new Set(['/logout'])

const identities = new WeakMap<FastifyRequest, Identity>()

/** Who sent a request that the guard let past. */
export function identityOf(request: FastifyRequest): Identity {
  const identity = identities.get(request)
  if (identity) return identity
  throw new Error('nobody was asked who sent this request')
}

/**
 * Lets nobody past without a login, whatever the path, and no viewer change anything. The API and the metrics take a
 * token in the place of a session.
 */
export function guardSessions(app: FastifyInstance, tools: GuardTools): void {
  app.addHook('onRequest', async (request, reply) => {
    const route = request.is404 ? undefined : request.routeOptions.url
    if (route !== undefined && open.has(route)) return
    const token = bearerOf(request)
    const wait = token === null ? 0 : tools.attempts.waitOf(request.ip)
    if (wait > 0) return refuseForNow(request, reply, wait)
    const identity =
      token === null ? tools.sessions.find(request.cookies[sessionCookie]) : tools.authenticate(token)
    if (!identity) {
      if (token !== null) countFailure(request, tools.attempts)
      return askForLogin(request, reply)
    }
    identities.set(request, identity)
    note(request, { who: identity.name })
    if (mayPass(request, identity, route)) return
    return sendError(reply, 403, { code: 'VIEWER', message: 'Viewers may look, not change.' })
  })
}

function refuseForNow(request: FastifyRequest, reply: FastifyReply, wait: number): FastifyReply {
  note(request, { outcome: 'login refused', why: 'too many failed logins from this address' })
  reply.header('retry-after', Math.ceil(wait / 1_000))
  return sendError(reply, 429, {
    code: 'TOO_MANY_ATTEMPTS',
    message: 'Too many failed logins. Wait a minute.',
  })
}

function countFailure(request: FastifyRequest, attempts: Attempts): void {
  attempts.failed(request.ip)
  note(request, { outcome: 'login refused', why: 'no such token' })
}

function askForLogin(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (isForProgram(request)) reply.header('www-authenticate', 'Bearer realm="slipway"')
  else if (wantsPage(request)) return reply.redirect('/login')
  return sendError(reply, 401, { code: 'LOGIN_REQUIRED', message: 'Log in first.' })
}

function mayPass(request: FastifyRequest, { role }: Identity, route: string | undefined): boolean {
  return isSafe(request) || role === 'operator' || forEveryRole.has(route)
}

function wantsPage(request: FastifyRequest): boolean {
  return isSafe(request) && (request.headers.accept ?? '').includes('text/html')
}
