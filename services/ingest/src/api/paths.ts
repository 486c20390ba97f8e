import type { FastifyRequest } from 'fastify'

/** Where the API is on its listener. */
export const apiRoot = '/api/v1'

/** Where the metrics are on the same listener. */
export const metricsPath = '/metrics'

/**
 * True for what is asked of the API, by the pattern of its route, since paths have more than one spelling; what no
 * route serves is told by its path.
 */
export function isForApi(request: Pick<FastifyRequest, 'is404' | 'routeOptions' | 'url'>): boolean {
  const path = request.is404 ? request.url : (request.routeOptions.url ?? '')
  return path === '/api' || path.startsWith('/api/') || path.startsWith('/api?')
}

/** True for what programs ask for, with a token in the place of a session: the API, and the metrics. */
export function isForProgram(request: Pick<FastifyRequest, 'is404' | 'routeOptions' | 'url'>): boolean {
  return isForApi(request) || (!request.is404 && request.routeOptions.url === metricsPath)
}
