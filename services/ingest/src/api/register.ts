import type { Clock } from '@slipway/core'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { z } from 'zod'
import type { Operations } from '../ops/operations.ts'
import { note } from '../plugins/request-log.ts'
import { identityOf } from '../plugins/session-guard.ts'
import { readJson } from '../read-json.ts'
import { handleApiErrors, Unprocessable } from './errors.ts'
import { documentPath, openApiDocument } from './openapi.ts'
import { apiRoot } from './paths.ts'
import type { ApiRoute } from './route.ts'
import { apiRoutes } from './table.ts'

export interface ApiTools {
  readonly operations: Operations
  readonly clock: Clock
}

/** Serves the API below its root. It asks nobody who they are: the listener it is put on has to. */
export function serveApi(app: FastifyInstance, tools: ApiTools): void {
  const document = openApiDocument(apiRoutes)
  app.register(
    async (api) => {
      takeJson(api)
      handleApiErrors(api)
      api.get(documentPath, async () => document)
      for (const one of apiRoutes) serve(api, one, tools)
    },
    { prefix: apiRoot },
  )
}

function serve(api: FastifyInstance, one: ApiRoute, { operations, clock }: ApiTools): void {
  api.route({
    method: one.method,
    url: one.path.replaceAll(/\{(\w+)\}/g, ':$1'),
    handler: async (request: FastifyRequest, reply: FastifyReply) => {
      const { status, body } = await one.run({
        operations,
        now: clock.now(),
        who: identityOf(request),
        params: namesIn(one.params, request.params),
        query: checked('query', one.query, request.query),
        body: one.body ? checked('body', one.body, request.body ?? {}) : null,
        note: (facts) => note(request, facts),
      })
      return reply.code(status).send(body)
    },
  })
}

function checked(place: 'query' | 'body', schema: z.ZodType, value: unknown): unknown {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  throw new Unprocessable(result.error.issues.map((issue) => describeIssue(place, issue)).join('; '))
}

// The place and what would be right; names and values that came from outside are not repeated.
function describeIssue(place: string, { code, path, message }: z.core.$ZodIssue): string {
  const what = code === 'unrecognized_keys' ? 'there is a field that is not known' : message
  return `${[place, ...path].join('.')}: ${what}`
}

/** A name that cannot be one is answered as one that is not known. */
function namesIn(schema: z.ZodType, value: unknown): unknown {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  throw refusal(404, 'the path holds no possible name')
}

// Clients name the type of an empty body too, and an empty one is no mistake where none is needed.
function takeJson(api: FastifyInstance): void {
  api.removeAllContentTypeParsers()
  api.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => {
    if (body.length === 0) return done(null, undefined)
    const read = readJson(typeof body === 'string' ? Buffer.from(body) : body)
    return read.ok ? done(null, read.value) : done(refusal(400, read.why))
  })
}

function refusal(statusCode: number, code: string): Error {
  return Object.assign(new Error(code), { statusCode, code })
}
