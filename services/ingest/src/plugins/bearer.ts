import type { FastifyRequest } from 'fastify'
import { isForApi } from '../api/paths.ts'

/** The token that a request to the API brings; null when it brings none. Nowhere else does a token count. */
export function bearerOf(request: FastifyRequest): string | null {
  if (!isForApi(request)) return null
  // Another scheme is one of a proxy in front of us, and the session counts.
  const match = /^bearer(?: +(.*))?$/i.exec(request.headers.authorization ?? '')
  return match ? (match[1] ?? '').trim() : null
}
