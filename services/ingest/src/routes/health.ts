import type { PushStore } from '@slipway/store'
import type { FastifyInstance } from 'fastify'
import { sendError } from '../plugins/error-handler.ts'

/** `GET /healthz`: the process answers. */
export function healthRoute(app: FastifyInstance): void {
  app.get('/healthz', async () => ({ status: 'ok' }))
}

/** `GET /readyz`: pushes can be taken, because Redis answers. */
export function readyRoute(app: FastifyInstance, store: Pick<PushStore, 'ready'>): void {
  app.get('/readyz', async (_request, reply) => {
    if (await store.ready()) return { status: 'ready' }
    return sendError(reply, 503, { code: 'NOT_READY', message: 'Redis does not answer.' })
  })
}
