import type { FastifyRequest } from 'fastify'
import { isForProgram } from '../api/paths.ts'

/** The token that a program brings; null when it brings none. Where people go, no token counts. */
export function bearerOf(request: FastifyRequest): string | null {
  if (!isForProgram(request)) return null
  // Another scheme is one of a proxy in front of us, and the session counts.
  const match = /^bearer(?: +(.*))?$/i.exec(request.headers.authorization ?? '')
  return match ? (match[1] ?? '').trim() : null
}
