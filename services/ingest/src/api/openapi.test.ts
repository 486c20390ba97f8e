import { fastify } from 'fastify'
import { describe, expect, it } from 'vitest'
import { operationsWithoutRedis } from '../../test/operations.ts'
import { openApiDocument } from './openapi.ts'
import { serveApi } from './register.ts'
import { apiRoutes } from './table.ts'

interface Document {
  readonly openapi: string
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, object>> }
}

interface Operation {
  readonly operationId: string
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required: boolean }[]
  readonly requestBody?: object
  readonly responses: Readonly<Record<string, { readonly description: string }>>
}

const document = openApiDocument(apiRoutes) as Document
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
)

/** Every route that the API really puts on a listener. */
async function servedRoutes(): Promise<string[]> {
  const app = fastify()
  const served: string[] = []
  app.addHook('onRoute', ({ method, url }) => void served.push(`${method} ${url}`))
  const noRedis = operationsWithoutRedis()
  serveApi(app, { operations: noRedis, clock: Date })
  await app.ready()
  await app.close()
  await noRedis.close()
  return served.filter((route) => !route.startsWith('HEAD'))
}

describe('the OpenAPI document', () => {
  it('has each route that is served, and no other', async () => {
    const described = operations.map(
      ({ method, path }) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`,
    )

    expect(described.toSorted()).toEqual((await servedRoutes()).toSorted())
  })

  it('has the routes that operators rely on', () => {
    expect(operations.map(({ method, path }) => `${method} ${path}`).toSorted()).toEqual([
      'delete /api/v1/freeze',
      'delete /api/v1/projects/{project}/freeze',
      'get /api/v1/audit',
      'get /api/v1/deployments/{deployment}',
      'get /api/v1/freezes',
      'get /api/v1/openapi.json',
      'get /api/v1/projects',
      'get /api/v1/projects/{project}',
      'get /api/v1/projects/{project}/verify',
      'get /api/v1/prunes',
      'get /api/v1/prunes/{host}/{request}',
      'get /api/v1/schedules',
      'post /api/v1/deployments/{deployment}/cancel',
      'post /api/v1/deployments/{deployment}/retry',
      'post /api/v1/projects/{project}/rollback',
      'post /api/v1/projects/{project}/verify',
      'post /api/v1/prunes',
      'put /api/v1/freeze',
      'put /api/v1/projects/{project}/freeze',
    ])
  })

  it('names every parameter of a path, each operation once, and what each status means', () => {
    const ids = operations.map(({ operation }) => operation.operationId)
    expect(new Set(ids).size).toBe(ids.length)
    for (const { path, operation } of operations) {
      const named = (operation.parameters ?? []).filter((one) => one.in === 'path' && one.required)
      expect(named.map(({ name }) => `{${name}}`)).toEqual(path.match(/\{\w+\}/g) ?? [])
      for (const { description } of Object.values(operation.responses)) expect(description).toBeTruthy()
      expect(Object.keys(operation.responses)).toEqual(expect.arrayContaining(['401', '503']))
    }
  })

  it('leads to every schema that it mentions, and mentions every one that it has', () => {
    const text = JSON.stringify(document)
    const mentioned = [...text.matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)].map(([, id]) => id)

    expect(document.openapi).toBe('3.1.0')
    expect([...new Set(mentioned)].toSorted()).toEqual(Object.keys(document.components.schemas).toSorted())
    expect(text).not.toContain('$defs')
    expect(text).not.toContain('$id')
  })
})
