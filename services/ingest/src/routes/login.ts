import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Authenticate } from '../ops/access.ts'
import type { Attempts } from '../ops/attempts.ts'
import { loginPage, logoutPage } from '../ops/pages.ts'
import { type Sessions, sessionSeconds } from '../ops/sessions.ts'
import { note } from '../plugins/request-log.ts'
import { sessionCookie } from '../plugins/session-guard.ts'

export interface LoginTools {
  readonly authenticate: Authenticate
  readonly sessions: Sessions
  readonly attempts: Attempts
}

/** `GET` and `POST /login`, `GET` and `POST /logout`. A token is typed once and becomes a session. */
export function loginRoutes(app: FastifyInstance, { authenticate, sessions, attempts }: LoginTools): void {
  app.get('/login', async (_request, reply) => sendPage(reply, 200, loginPage()))
  app.get('/logout', async (_request, reply) => sendPage(reply, 200, logoutPage()))

  app.post('/login', async (request, reply) => {
    const wait = attempts.waitOf(request.ip)
    if (wait > 0) {
      note(request, { outcome: 'login refused', why: 'too many failed logins from this address' })
      reply.header('retry-after', Math.ceil(wait / 1_000))
      return sendPage(reply, 429, loginPage('Too many failed logins. Wait a minute.'))
    }
    const identity = authenticate(readToken(request))
    if (!identity) {
      attempts.failed(request.ip)
      note(request, { outcome: 'login refused', why: 'no such token' })
      return sendPage(reply, 401, loginPage('This token is not known.'))
    }
    note(request, { outcome: 'logged in', who: identity.name })
    reply.setCookie(sessionCookie, sessions.open(identity), cookieOptions)
    return reply.redirect('/', 303)
  })

  app.post('/logout', async (request, reply) => {
    sessions.end(request.cookies[sessionCookie])
    reply.clearCookie(sessionCookie, cookieOptions)
    return reply.redirect('/login', 303)
  })
}

const cookieOptions = { path: '/', httpOnly: true, sameSite: 'strict', maxAge: sessionSeconds } as const

// Under `no-referrer` browsers hide the origin of a form, and the check for it would refuse our own pages.
function sendPage(reply: FastifyReply, status: number, html: string): FastifyReply {
  reply.header('referrer-policy', 'same-origin').type('text/html; charset=utf-8')
  return reply.code(status).send(html)
}

function readToken({ body }: FastifyRequest): string {
  return body instanceof URLSearchParams ? (body.get('token') ?? '').trim() : ''
}
