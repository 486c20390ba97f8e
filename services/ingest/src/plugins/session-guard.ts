import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Identity } from '../ops/access.ts'
import type { Sessions } from '../ops/sessions.ts'
import { sendError } from './error-handler.ts'
import { note } from './request-log.ts'
import { isSafe } from './same-origin.ts'

export const sessionCookie = 'slipway_session'

// By pattern of the route and not by URL: there is no second spelling of these.
const open: ReadonlySet<string | undefined> = new Set(['/login', '/healthz'])
const forEveryRole: ReadonlySet<string | undefined> = new Set(['/logout'])

/** Lets nobody past without a login, whatever the path, and no viewer change anything. */
export function guardSessions(app: FastifyInstance, sessions: Sessions): void {
  app.addHook('onRequest', async (request, reply) => {
    const route = request.is404 ? undefined : request.routeOptions.url
    if (route !== undefined && open.has(route)) return
    const identity = sessions.find(request.cookies[sessionCookie])
    if (!identity) {
      if (wantsPage(request)) return reply.redirect('/login')
      return sendError(reply, 401, { code: 'LOGIN_REQUIRED', message: 'Log in first.' })
    }
    note(request, { who: identity.name })
    if (mayPass(request, identity, route)) return
    return sendError(reply, 403, { code: 'VIEWER', message: 'Viewers may look, not change.' })
  })
}

function mayPass(request: FastifyRequest, { role }: Identity, route: string | undefined): boolean {
  return isSafe(request) || role === 'operator' || forEveryRole.has(route)
}

function wantsPage(request: FastifyRequest): boolean {
  return isSafe(request) && (request.headers.accept ?? '').includes('text/html')
}
