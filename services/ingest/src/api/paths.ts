import type { FastifyRequest } from 'fastify'

/** Where the API is on its listener. */
export const apiRoot = '/api/v1'

/**
 * True for what is asked of the API, by the pattern of its route, since paths have more than one spelling; what no
 * route serves is told by its path.
 */
export function isForApi(request: Pick<FastifyRequest, 'is404' | 'routeOptions' | 'url'>): boolean {
  const path = request.is404 ? request.url : (request.routeOptions.url ?? '')
  return path === '/api' || path.startsWith('/api/') || path.startsWith('/api?')
}
