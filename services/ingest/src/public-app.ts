import type { PushStore } from '@slipway/store'
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import { createListener, type Patience } from './listener.ts'
import { bodyLimit } from './receive.ts'
import { healthRoute, readyRoute } from './routes/health.ts'
import { type WebhookTools, webhookRoutes } from './routes/webhooks.ts'

export interface PublicAppOptions extends WebhookTools {
  readonly store: Pick<PushStore, 'accept' | 'ready'>
  readonly log: FastifyBaseLogger
  /** Default: ten seconds for a request. */
  readonly patience?: Patience
}

/** The listener that strangers reach: webhooks and health. It does not listen yet. */
export function createPublicApp({ log, patience, ...tools }: PublicAppOptions): FastifyInstance {
  const app = createListener({ log, bodyLimit, ...(patience ? { patience } : {}) })
  takeBodiesAsBytes(app)
  webhookRoutes(app, tools)
  healthRoute(app)
  readyRoute(app, tools.store)
  return app
}

// Proofs cover bytes, and one parser for every content type leaves nothing to be confused about.
function takeBodiesAsBytes(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
}
