import type { PushStore } from '@slipway/store'
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import { largestBody } from './body-limit.ts'
import { type Crowd, createListener, type Patience } from './listener.ts'
import { limitCallers } from './plugins/limit-callers.ts'
import { requireOneHost } from './plugins/one-host.ts'
import { healthRoute, readyRoute } from './routes/health.ts'
import { type PreflightTools, preflightRoutes } from './routes/preflight.ts'
import { type WebhookTools, webhookRoutes } from './routes/webhooks.ts'

export interface PublicAppOptions extends WebhookTools, PreflightTools {
  readonly store: Pick<PushStore, 'accept' | 'ready'>
  readonly log: FastifyBaseLogger
  /** Default: ten seconds for a request. */
  readonly patience?: Patience
  /** Addresses (CIDR) of proxies whose word about the address of a caller is believed; default: none. */
  readonly trustProxy?: readonly string[]
  /** Calls a minute of one address; default: no limit. */
  readonly perAddress?: number
}

/** More than proxies keep open, and few enough that each may have a body under way. */
const mostConnections = 1_000
/** Milliseconds; longer than a request and its answer may take together. */
const longestSilence = 15_000

const watched: ReadonlySet<string> = new Set(['/healthz', '/readyz'])

/** The listener that strangers reach: webhooks and health. It does not listen yet. */
export function createPublicApp(options: PublicAppOptions): FastifyInstance {
  const { log, patience, trustProxy = [], perAddress = 0 } = options
  const crowd: Crowd = { trustProxy, connections: mostConnections, idle: longestSilence }
  const app = createListener({ log, bodyLimit: largestBody, crowd, ...(patience ? { patience } : {}) })
  takeBodiesAsBytes(app)
  requireOneHost(app)
  limitCallers(app, { perMinute: perAddress, except: watched })
  webhookRoutes(app, options)
  preflightRoutes(app, options)
  healthRoute(app)
  readyRoute(app, options.store)
  return app
}

// Proofs cover bytes, and one parser for every content type leaves nothing to be confused about.
function takeBodiesAsBytes(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
}
