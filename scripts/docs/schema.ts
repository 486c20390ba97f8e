/** What is read of a JSON Schema. */
export interface Schema {
  readonly type?: string
  readonly description?: string
  readonly default?: unknown
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: Schema | boolean
  readonly items?: Schema
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
  readonly enum?: readonly string[]
  readonly const?: string
  readonly pattern?: string
  readonly format?: string
}

/** The schema comes from our own program, so its form is known. */
export function readSchema(value: object): Schema {
  return value as Schema
}

/** What a setting is, in the words of the page. */
export function typeOf(schema: Schema): string {
  if (schema.enum) return schema.enum.map((value) => `\`${value}\``).join(', ')
  if (schema.const) return `\`${schema.const}\``
  const choices = schema.anyOf ?? schema.oneOf
  if (choices) return isSecret(schema) ? 'secret' : [...new Set(choices.map(typeOf))].join(' or ')
  if (schema.pattern?.includes('ms|s|m|h|d')) return 'duration'
  if (schema.pattern?.includes('KiB')) return 'size'
  if (schema.format === 'uri') return 'URL'
  if (schema.type === 'array') return `list of ${schema.items ? typeOf(schema.items) : 'anything'}`
  if (schema.type === 'object') return 'map'
  if (schema.type === 'integer') return 'whole number'
  if (schema.type === 'number') return 'number'
  if (schema.type === 'boolean') return '`true`, `false`'
  return 'text'
}

function isSecret({ anyOf }: Schema): boolean {
  const names = anyOf?.map(({ properties }) => Object.keys(properties ?? {}).join()).join(' ')
  return names === 'env file'
}
