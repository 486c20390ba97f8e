import type { Clock } from '@slipway/core'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { sendError } from '../plugins/error-handler.ts'
import { note } from '../plugins/request-log.ts'
import type { Preflight } from '../preflight.ts'
import { notFound } from '../refusals.ts'
import { type TokenQuery, tokenIn } from './url-token.ts'

export interface PreflightTools {
  readonly preflight: Preflight
  readonly clock: Clock
}

interface PreflightRequest {
  Params: { hook: string; token?: string }
  Querystring: TokenQuery
}

const noBody = new Uint8Array()

/** `OPTIONS /webhooks/:hook`: a sender asks whether it may send. */
export function preflightRoutes(app: FastifyInstance, { preflight, clock }: PreflightTools): void {
  async function answer(
    request: FastifyRequest<PreflightRequest>,
    reply: FastifyReply,
  ): Promise<FastifyReply> {
    const { params, query, ip } = request
    const permission = await preflight({
      hook: params.hook,
      token: tokenIn(params.token, query),
      headers: plainHeaders(request.headers),
      body: noBody,
      now: clock.now(),
      peer: ip,
    })
    if (!permission) {
      note(request, { outcome: 'rejected', why: 'the sender may not send to this hook' })
      return sendError(reply, 404, notFound)
    }
    note(request, { hook: permission.hook, outcome: 'permitted' })
    return reply
      .code(200)
      .header('allow', 'POST')
      .header('webhook-allowed-origin', permission.origin)
      .header('webhook-allowed-rate', permission.rate === null ? '*' : String(permission.rate))
      .send()
  }

  app.options<PreflightRequest>('/webhooks/:hook', answer)
  app.options<PreflightRequest>('/webhooks/:hook/:token', answer)
}

function plainHeaders(headers: FastifyRequest['headers']): Record<string, string> {
  const plain: Record<string, string> = Object.create(null)
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) plain[name] = Array.isArray(value) ? value.join(', ') : value
  }
  return plain
}
