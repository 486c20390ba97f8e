import { describe, expect, it } from 'vitest'
import { routes } from '../packages/console/src/api/answers.ts'
import type { Shape } from '../packages/console/src/api/shape.ts'
import { reasonHints } from '../packages/console/src/format/reasons.ts'
import { knownTone } from '../packages/console/src/format/tone.ts'
import { openApiDocument } from '../services/ingest/src/api/openapi.ts'
import { apiRoutes } from '../services/ingest/src/api/table.ts'

// The console imports nothing of ours, and no service imports it; that they speak the same is held here.

interface Schema {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly const?: string
  readonly enum?: readonly string[]
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
  readonly allOf?: readonly Schema[]
  readonly items?: Schema
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
}

interface Document {
  readonly paths: Readonly<
    Record<string, { readonly get?: { readonly responses: Record<string, Response> } }>
  >
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> }
}

interface Response {
  readonly content: { readonly 'application/json': { readonly schema: Schema } }
}

const document = openApiDocument(apiRoutes) as Document

/** What a schema may be, without references and unions. */
function variantsOf(schema: Schema): Schema[] {
  if (schema.$ref) {
    const found = document.components.schemas[schema.$ref.split('/').at(-1) ?? '']
    if (!found) throw new Error(`${schema.$ref} leads nowhere`)
    return variantsOf(found)
  }
  const parts = schema.anyOf ?? schema.oneOf ?? schema.allOf
  if (parts) return parts.flatMap(variantsOf)
  return typeof schema.type === 'object' ? schema.type.map((type) => ({ ...schema, type })) : [schema]
}

/** The places where the console reads what the API does not promise. */
function misreadings(shape: Shape, schemas: readonly Schema[], place: string): string[] {
  const isNull = ({ type }: Schema) => type === 'null'
  if (shape.kind === 'optional') return misreadings(shape.of, schemas, place)
  if (shape.kind === 'maybe')
    return schemas.some(isNull)
      ? misreadings(
          shape.of,
          schemas.filter((one) => !isNull(one)),
          place,
        )
      : [`${place} is never null`]
  if (schemas.length === 0) return [`${place} is not there`]
  return schemas.flatMap((schema) => misread(shape, schema, schemas, place))
}

function misread(
  shape: Exclude<Shape, { kind: 'optional' | 'maybe' }>,
  schema: Schema,
  variants: readonly Schema[],
  place: string,
): string[] {
  switch (shape.kind) {
    case 'text':
      return (schema.type ?? typeof (schema.const ?? schema.enum?.[0])) === 'string'
        ? []
        : [`${place} is no text`]
    case 'number':
      return schema.type === 'number' || schema.type === 'integer' ? [] : [`${place} is no number`]
    case 'flag':
      return (schema.type ?? typeof schema.const) === 'boolean' ? [] : [`${place} is no flag`]
    case 'list':
      return schema.items
        ? misreadings(shape.of, variantsOf(schema.items), `${place}[]`)
        : [`${place} is no list`]
    case 'map':
      return Object.entries(schema.properties ?? {}).flatMap(([key, one]) =>
        misreadings(shape.of, variantsOf(one), `${place}.${key}`),
      )
    case 'object':
      return Object.entries(shape.fields).flatMap(([key, field]) =>
        misreadField(field, schema, variants, place, key),
      )
  }
}

function misreadField(
  field: Shape,
  schema: Schema,
  variants: readonly Schema[],
  place: string,
  key: string,
): string[] {
  const found = schema.properties?.[key]
  const named = `${place}.${key}`
  if (field.kind === 'optional') {
    if (found) return misreadings(field.of, variantsOf(found), named)
    return variants.some(({ properties }) => properties?.[key]) ? [] : [`${named} is not there`]
  }
  if (!found) return [`${named} is not there`]
  if (!schema.required?.includes(key)) return [`${named} may be missing`]
  return misreadings(field, variantsOf(found), named)
}

function answerOf(path: string): Schema[] {
  const schema = document.paths[path]?.get?.responses['200']?.content['application/json'].schema
  return schema ? variantsOf(schema) : []
}

/** Every word that a field may hold, wherever it is found below the answers that the console reads. */
function wordsAt(path: string, ...keys: readonly string[]): readonly string[] {
  let schemas = answerOf(path)
  for (const key of keys)
    schemas = schemas.flatMap((schema) => {
      const next = key === '[]' ? schema.items : schema.properties?.[key]
      return next ? variantsOf(next) : []
    })
  return schemas.flatMap((schema) => schema.enum ?? [])
}

describe('the console and the API', () => {
  it.each(Object.values(routes))(
    '$path answers with all that the console reads of it',
    ({ path, answer }) => {
      expect(misreadings(answer, answerOf(path), path)).toEqual([])
    },
  )

  it('would be told of a field that is not there, may be missing, is something else, or is never null', () => {
    const text = { kind: 'text' } as const
    const deployment = answerOf(routes.deployment.path)
    const read = (fields: Readonly<Record<string, Shape>>) =>
      misreadings({ kind: 'object', fields }, deployment, 'it')

    expect(read({ nothing: text })).toEqual(['it.nothing is not there'])
    expect(read({ nothing: { kind: 'optional', of: text } })).toEqual(['it.nothing is not there'])
    expect(read({ log: { kind: 'list', of: text } })).toEqual(['it.log may be missing'])
    expect(read({ seq: text })).toEqual(['it.seq is no text'])
    expect(read({ id: { kind: 'maybe', of: text } })).toEqual(['it.id is never null'])
    expect(read({ release: text })).toEqual(['it.release is no text'])
  })

  it('have the same states, each with its colour', () => {
    const states = [
      ...wordsAt(routes.deployment.path, 'state'),
      ...wordsAt(routes.schedules.path, 'schedules', '[]', 'state'),
      ...wordsAt(routes.schedules.path, 'schedules', '[]', 'last', 'outcome'),
      ...wordsAt(routes.prunes.path, 'prunes', '[]', 'outcome'),
      ...wordsAt(routes.verifications.path, 'verifications', '[]', 'outcome'),
      ...wordsAt(routes.project.path, 'releases', '[]', 'releases', '[]', 'status'),
    ]

    expect(states.length).toBeGreaterThan(30)
    expect(states.filter((state) => knownTone(state) === undefined)).toEqual([])
  })

  it('have the same reasons of a refusal, each with what to look at', () => {
    const reasons = wordsAt(routes.audit.path, 'refused', '[]', 'reason')

    expect(reasons.toSorted()).toEqual(Object.keys(reasonHints).toSorted())
  })
})
