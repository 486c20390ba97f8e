import { type FastifyBaseLogger, type FastifyInstance, fastify, LogController } from 'fastify'
import { answerClientError } from './plugins/client-errors.ts'
import { handleErrors, sendError } from './plugins/error-handler.ts'
import { logRequest, logRequests } from './plugins/request-log.ts'

/** How long a caller may take, in milliseconds. */
export interface Patience {
  /** Until the whole request is there. */
  readonly request: number
  /** Until its headers are there; the smaller of the two has to be this one, or neither counts. */
  readonly headers: number
  /** How often connections are looked at. */
  readonly check: number
}

/** Whom the listener believes and how many it bears: for the one that strangers reach. */
export interface Crowd {
  /** Addresses (CIDR) of proxies whose word about the address of a caller is believed. */
  readonly trustProxy: readonly string[]
  /** Connections at once; further ones are closed at once. */
  readonly connections: number
  /** Milliseconds without a byte, in either direction, after which a connection is closed. */
  readonly idle: number
}

export interface ListenerOptions {
  readonly log: FastifyBaseLogger
  readonly bodyLimit: number
  readonly patience?: Patience
  /** Milliseconds that a route may take to answer; without, each route sees to that itself. */
  readonly answerWithin?: number
  /** Default: no proxy is believed and every connection is taken. */
  readonly crowd?: Crowd
}

export const defaultPatience: Patience = { request: 10_000, headers: 5_000, check: 1_000 }

const longestParameter = 512

/** What both listeners have in common: limits, one form of errors, a log without URLs. It has no routes. */
export function createListener({
  log,
  bodyLimit,
  patience = defaultPatience,
  answerWithin = 0,
  crowd,
}: ListenerOptions): FastifyInstance {
  const app = fastify({
    loggerInstance: log,
    // The lines of Fastify hold the URL, and with it the secrets of hooks.
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit,
    requestTimeout: patience.request,
    handlerTimeout: answerWithin,
    http: { headersTimeout: patience.headers, connectionsCheckingInterval: patience.check },
    connectionTimeout: crowd?.idle ?? 0,
    trustProxy: crowd && crowd.trustProxy.length > 0 ? [...crowd.trustProxy] : false,
    routerOptions: { maxParamLength: longestParameter },
    frameworkErrors: (_error, request, reply) => {
      sendError(reply, 404, { code: 'NOT_FOUND', message: 'Not found.' })
      logRequest(request, reply)
    },
    clientErrorHandler: (error, socket) => answerClientError(log, error, socket),
  })
  if (crowd) app.server.maxConnections = crowd.connections
  logRequests(app)
  handleErrors(app)
  return app
}
