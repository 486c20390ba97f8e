import { markdownTable } from './markdown-table.ts'
import { type Schema, typeOf } from './schema.ts'

/** Says what stands at a path when nobody sets it; undefined when nothing does. */
export type DefaultOf = (path: readonly string[], type: string) => string | undefined

interface Place {
  readonly path: readonly string[]
  readonly schema: Schema
  readonly required: boolean
}

/** A Markdown table with a line for every setting of a section. */
export function tableOf(name: string, schema: Schema, defaultOf: DefaultOf): string[] {
  const places = walk({ path: [name], schema, required: false })
  const rows = places.map(({ path, schema: one, required }) => [
    `\`${path.join('.').replaceAll('.[]', '[]')}\``,
    typeOf(one),
    required ? 'required' : defaultText(path, one, defaultOf),
    one.description ?? '',
  ])
  return markdownTable(['setting', 'type', 'default', ''], rows)
}

/** The place itself, unless it only holds others, then everything below it. */
function walk(place: Place): Place[] {
  const { path, schema } = place
  const below = [
    ...childrenOf(path, schema),
    ...childrenOfForms(path, formsOf(schema)),
    ...(schema.items ? itemsOf([...path, '[]'], schema.items) : []),
  ]
  const isSection = path.length === 1 && below.length > 0
  const isSecret = typeOf(schema) === 'secret' || path.at(-1) === 'secret'
  if (isSecret) return [place]
  return [...(isSection ? [] : [place]), ...below.flatMap(walk)]
}

function childrenOf(path: readonly string[], schema: Schema): Place[] {
  const named = Object.entries(schema.properties ?? {}).map(([name, child]) => ({
    path: [...path, name],
    schema: child,
    required: schema.required?.includes(name) === true,
  }))
  const values = schema.additionalProperties
  if (typeof values !== 'object') return named
  const inside = [...path, '<name>']
  return [...named, ...childrenOf(inside, values), ...childrenOfForms(inside, formsOf(values))]
}

function itemsOf(path: readonly string[], item: Schema): Place[] {
  return [...childrenOf(path, item), ...childrenOfForms(path, formsOf(item))]
}

function formsOf({ anyOf, oneOf }: Schema): readonly Schema[] {
  // A list of forms in a list of forms reads as one list.
  return (anyOf ?? oneOf ?? []).flatMap((form) => (form.anyOf || form.oneOf ? formsOf(form) : form))
}

/** What a map may hold that has several forms: required is what every form requires. */
function childrenOfForms(path: readonly string[], forms: readonly Schema[]): Place[] {
  const places = Map.groupBy(
    forms.flatMap((form) => childrenOf(path, form)),
    (place) => place.path.join('.'),
  )
  return [...places.values()].flatMap((same) => {
    const [first] = same
    if (!first) return []
    const schema = same.length > 1 ? { ...first.schema, ...mergeConstants(same) } : first.schema
    return [{ ...first, schema, required: same.length === forms.length && same.every(isRequired) }]
  })
}

function mergeConstants(places: readonly Place[]): Pick<Schema, 'enum'> {
  const constants = places.flatMap(({ schema }) => schema.const ?? [])
  return constants.length > 0 ? { enum: constants } : {}
}

function isRequired({ required }: Place): boolean {
  return required
}

function defaultText(path: readonly string[], schema: Schema, defaultOf: DefaultOf): string {
  const own = schema.default
  if (own !== undefined && typeof own !== 'object') return `\`${String(own)}\``
  if (Array.isArray(own)) return own.length > 0 ? `\`[${own.join(', ')}]\`` : 'none'
  const found = defaultOf(path, typeOf(schema))
  return found ? `\`${found}\`` : ''
}
