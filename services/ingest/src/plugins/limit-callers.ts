import rateLimit from '@fastify/rate-limit'
import type { FastifyInstance } from 'fastify'

/** How often one address may call. */
export interface CallerLimit {
  /** Calls a minute; 0 for no limit. */
  readonly perMinute: number
  /** Paths that are not counted: those that watch the service. */
  readonly except: ReadonlySet<string>
}

/** Addresses that are counted at once; the one that was quiet longest is forgotten for a new one. */
const mostAddresses = 10_000

/**
 * Refuses, before its body is read, a call of an address that calls too often: 429 with `Retry-After`. Every path counts,
 * whether it leads anywhere or not; the network of 64 bits is one caller in IPv6.
 */
export function limitCallers(app: FastifyInstance, { perMinute, except }: CallerLimit): void {
  if (perMinute === 0) return
  const quiet = { 'x-ratelimit-limit': false, 'x-ratelimit-remaining': false, 'x-ratelimit-reset': false }
  app.register(rateLimit, {
    global: false,
    max: perMinute,
    timeWindow: 60_000,
    cache: mostAddresses,
    addHeaders: quiet,
    addHeadersOnExceeding: quiet,
    errorResponseBuilder: () => new TooManyCalls('the address calls too often'),
  })
  app.after(() => {
    const limit = app.rateLimit()
    app.addHook('onRequest', (request, reply) =>
      except.has(request.routeOptions.url ?? '') ? uncounted : limit.call(app, request, reply),
    )
  })
}

const uncounted = Promise.resolve()

class TooManyCalls extends Error {
  readonly statusCode = 429
  readonly code = 'rate-limited'
}
