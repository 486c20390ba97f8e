import type { Clock } from '@slipway/core'
import type { PushStore, TakenPush } from '@slipway/store'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type AnsweredCall, type CallOutcome, reasonOfStatus } from '../answered-call.ts'
import { sendError } from '../plugins/error-handler.ts'
import { factsOf, note } from '../plugins/request-log.ts'
import type { Call, Receive, Verdict } from '../receive.ts'
import { type TokenQuery, tokenIn } from './url-token.ts'

export interface WebhookTools {
  readonly receive: Receive
  readonly store: Pick<PushStore, 'accept'>
  readonly clock: Clock
  /** Told of each call once it is answered. */
  readonly onCall?: (call: AnsweredCall) => void
}

interface WebhookRequest {
  Params: { hook: string; token?: string }
  Querystring: TokenQuery
}

const takenBefore = 'this call was taken before'

/** `POST /webhooks/:hook`, the token in the query or as a further part of the path. */
export function webhookRoutes(app: FastifyInstance, { receive, store, clock, onCall }: WebhookTools): void {
  function answer(
    request: FastifyRequest<WebhookRequest>,
    reply: FastifyReply,
  ): FastifyReply | Promise<FastifyReply> {
    const verdict = receive(readCall(request, clock))
    // Most are given at once, and a promise more for each call would be felt.
    if (verdict instanceof Promise) return verdict.then((given) => follow(given, request, reply))
    return follow(verdict, request, reply)
  }

  function follow(
    verdict: Verdict,
    request: FastifyRequest,
    reply: FastifyReply,
  ): FastifyReply | Promise<FastifyReply> {
    const { hook, why } = verdict
    if (verdict.outcome === 'reject') {
      note(request, { hook, why, outcome: 'rejected', reason: verdict.reason })
      if (verdict.retryAfter !== null) reply.header('retry-after', verdict.retryAfter)
      return sendError(reply, verdict.status, verdict.error)
    }
    if (verdict.outcome === 'ignore') {
      note(request, { hook, why, outcome: 'ignored' })
      return reply.code(verdict.status).send({ outcome: 'ignored', why: verdict.publicWhy })
    }
    note(request, { hook, why })
    const trigger = { kind: 'webhook', hook: hook ?? '', source: verdict.source } as const
    return store.accept(verdict.wanted, trigger).then((taken) => tell(taken, request, reply))
  }

  const onResponse = onCall && report(onCall)
  const options = onResponse ? { onResponse } : {}
  app.post<WebhookRequest>('/webhooks/:hook', options, answer)
  app.post<WebhookRequest>('/webhooks/:hook/:token', options, answer)
}

function tell(taken: readonly TakenPush[], request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const fresh = taken.filter(({ repeated }) => !repeated)
  if (fresh.length > 0) {
    note(request, { outcome: 'queued', deployments: fresh.map(({ deployment }) => deployment) })
    return reply.code(202).send({ outcome: 'queued', deployments: fresh.map(toDeployment) })
  }
  const deployments = taken.map(({ deployment }) => deployment)
  note(request, { outcome: 'repeated', why: takenBefore, deployments })
  return reply.code(200).send({ outcome: 'ignored', why: takenBefore })
}

function report(onCall: (call: AnsweredCall) => void) {
  return (request: FastifyRequest, reply: FastifyReply, done: () => void): void => {
    const { statusCode: status, elapsedTime: milliseconds } = reply
    const { hook = null, outcome, reason } = factsOf(request)
    // The listener itself refuses what is too large or comes too often, before a route sees it.
    const own = reason ?? (outcome === 'rejected' || outcome === undefined ? reasonOfStatus(status) : null)
    const became = outcomes.find((one) => one === outcome) ?? (own ? 'rejected' : 'failed')
    onCall({ hook, outcome: became, reason: own, peer: request.ip, status, milliseconds })
    done()
  }
}

const outcomes: readonly CallOutcome[] = ['queued', 'repeated', 'ignored', 'rejected', 'failed']

function readCall(request: FastifyRequest<WebhookRequest>, clock: Clock): Call {
  const { params, query, body } = request
  return {
    hook: params.hook,
    token: tokenIn(params.token, query),
    headers: plainHeaders(request.headers),
    body: body instanceof Uint8Array ? body : new Uint8Array(),
    now: clock.now(),
    peer: request.ip,
  }
}

function plainHeaders(headers: FastifyRequest['headers']): Call['headers'] {
  const plain: Record<string, string> = Object.create(null)
  for (const name in headers) {
    const value = headers[name]
    if (value !== undefined) plain[name] = Array.isArray(value) ? value.join(', ') : value
  }
  return plain
}

function toDeployment({ deployment, project, host, seq }: TakenPush) {
  return { id: deployment, project, host, seq }
}
