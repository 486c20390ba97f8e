import { z } from 'zod'
import { apiRoot } from './paths.ts'
import type { ApiRoute } from './route.ts'
import { components, errorBody } from './schemas.ts'

/** Where the document is found below the root of the API. */
export const documentPath = '/openapi.json'

/** What may go wrong with any request. */
const everyRefusal = [400, 401, 403, 429, 503]
const bodyRefusals = [413, 415]

const meanings: Readonly<Record<number, string>> = {
  200: 'Done.',
  202: 'Taken; it goes on by itself.',
  400: 'The request cannot be read.',
  401: 'No token and no session that are known.',
  403: 'Viewers may look, not change; or a page of another site asked.',
  404: 'Not known.',
  409: 'The deployment has ended in a way that leaves nothing to do.',
  413: 'The body is too large.',
  415: 'The body is not JSON.',
  422: 'The request is not what this route takes; the message names the place.',
  429: 'Too many failed tokens from this address.',
  503: 'Redis did not answer in time; what was asked for may have been done.',
}

/** The OpenAPI 3.1 document of these routes. */
export function openApiDocument(routes: readonly ApiRoute[]): object {
  const paths: Record<string, Record<string, object>> = {
    [`${apiRoot}${documentPath}`]: { get: documentOperation },
  }
  for (const route of routes) {
    const path = `${apiRoot}${route.path}`
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(route) }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'slipway',
      version: '1',
      description: 'What operators see and do. Times are milliseconds since 1970.',
    },
    security: [{ token: [] }, { session: [] }],
    paths,
    components: {
      schemas: schemas(),
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'One that `slipway token NAME` made.' },
        session: { type: 'apiKey', in: 'cookie', name: 'slipway_session', description: 'Of the login page.' },
      },
    },
  }
}

const documentOperation = {
  operationId: 'getDocument',
  summary: 'This document',
  responses: {
    200: {
      description: 'An OpenAPI 3.1 document.',
      content: { 'application/json': { schema: { type: 'object' } } },
    },
    ...refusals(everyRefusal),
  },
}

function operationOf({ name, summary, params, query, body, answers, refusals: own }: ApiRoute): object {
  const refused = [...everyRefusal, ...(body ? bodyRefusals : []), 422, ...own]
  return {
    operationId: name,
    summary,
    parameters: [...parametersOf('path', params), ...parametersOf('query', query)],
    ...(body ? { requestBody: { required: true, content: json(body) } } : {}),
    responses: {
      ...Object.fromEntries(
        Object.entries(answers).map(([status, schema]) => [
          status,
          { description: meanings[Number(status)], content: json(schema) },
        ]),
      ),
      ...refusals(refused),
    },
  }
}

function parametersOf(place: 'path' | 'query', { shape }: z.ZodObject): object[] {
  return Object.entries(shape).map(([name, schema]) => {
    const field = schema as z.ZodType
    return {
      name,
      in: place,
      required: !field.safeParse(undefined).success,
      schema: withoutMarks(z.toJSONSchema(field, { io: 'input' })),
    }
  })
}

function refusals(statuses: readonly number[]): Record<string, object> {
  const each = [...new Set(statuses)].map((status) => [
    String(status),
    { description: meanings[status], content: json(errorBody) },
  ])
  return Object.fromEntries(each)
}

function json(schema: z.ZodType): object {
  const id = components.get(schema)?.id
  if (!id) throw new Error('a schema of the API has no name')
  return { 'application/json': { schema: { $ref: refTo(id) } } }
}

function schemas(): Record<string, object> {
  const { schemas: found } = z.toJSONSchema(components, { io: 'input', uri: refTo })
  return Object.fromEntries(Object.entries(found).map(([id, schema]) => [id, withoutMarks(schema)]))
}

// In a document of OpenAPI a schema has its name and its dialect from where it stands.
function withoutMarks(schema: object): object {
  const { $schema: _, $id: __, ...rest } = schema as Record<string, unknown>
  return rest
}

function refTo(id: string): string {
  return `#/components/schemas/${id}`
}
