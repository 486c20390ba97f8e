import type { AcceptedWant, Clock } from '@slipway/core'
import type { PushStore } from '@slipway/store'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { sendError } from '../plugins/error-handler.ts'
import { note } from '../plugins/request-log.ts'
import type { Call, Receive } from '../receive.ts'

export interface WebhookTools {
  readonly receive: Receive
  readonly store: Pick<PushStore, 'accept'>
  readonly clock: Clock
}

interface WebhookRequest {
  Params: { hook: string; token?: string }
  Querystring: { token?: string | string[] }
}

/** `POST /webhooks/:hook`, the token in the query or as a further part of the path. */
export function webhookRoutes(app: FastifyInstance, tools: WebhookTools): void {
  async function answer(request: FastifyRequest<WebhookRequest>, reply: FastifyReply): Promise<FastifyReply> {
    const verdict = tools.receive(readCall(request, tools.clock))
    note(request, { hook: verdict.hook, why: verdict.why })
    if (verdict.outcome === 'reject') {
      note(request, { outcome: 'rejected' })
      return sendError(reply, verdict.status, verdict.error)
    }
    if (verdict.outcome === 'ignore') {
      note(request, { outcome: 'ignored' })
      return reply.code(verdict.status).send({ outcome: 'ignored', why: verdict.publicWhy })
    }
    const trigger = { kind: 'webhook', hook: verdict.hook ?? '', source: verdict.source } as const
    const accepted = await tools.store.accept(verdict.wanted, trigger)
    note(request, { outcome: 'queued', deployments: accepted.map(({ deployment }) => deployment) })
    return reply.code(verdict.status).send({ outcome: 'queued', deployments: accepted.map(toDeployment) })
  }

  app.post<WebhookRequest>('/webhooks/:hook', answer)
  app.post<WebhookRequest>('/webhooks/:hook/:token', answer)
}

function readCall({ params, query, headers, body }: FastifyRequest<WebhookRequest>, clock: Clock): Call {
  const token = params.token ?? query.token
  return {
    hook: params.hook,
    // Given twice it is a list, and no sender does that.
    token: typeof token === 'string' ? token : null,
    headers: plainHeaders(headers),
    body: body instanceof Uint8Array ? body : new Uint8Array(),
    now: clock.now(),
  }
}

function plainHeaders(headers: FastifyRequest['headers']): Call['headers'] {
  const plain: Record<string, string> = Object.create(null)
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) plain[name] = Array.isArray(value) ? value.join(', ') : value
  }
  return plain
}

function toDeployment({ deployment, project, host, seq }: AcceptedWant) {
  return { id: deployment, project, host, seq }
}
