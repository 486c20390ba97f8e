import { configDefaults } from './config-defaults.ts'
import { readSchema, type Schema, typeOf } from './schema.ts'
import { tableOf } from './schema-table.ts'

const introduction = `<!-- Made by \`npm run docs\` from packages/core/src/config; changes by hand are lost. -->

# Configuration

One file, \`slipway.yaml\`, for all services of all hosts. They look for it at \`$SLIPWAY_CONFIG\`, else at
\`/etc/slipway/slipway.yaml\`. A worker serves the projects whose \`hosts\` name its \`$SLIPWAY_HOST\` (default: \`local\`).

- \`slipway check FILE\` names every mistake at once, each by its path. No service starts on a file with one.
- Secrets are only named here, as \`{ env: NAME }\` or \`{ file: /path }\`. One line break at the end of a file is no part of the
  secret. The secret of a hook has at least 16 characters.
- A duration is text: a number and \`ms\`, \`s\`, \`m\`, \`h\` or \`d\`. A size too: a number and \`B\`, \`KB\`, \`MB\`, \`GB\`, \`TB\`, \`KiB\`, \`MiB\`,
  \`GiB\` or \`TiB\`.
- Names have 1 to 63 lower-case letters, digits and \`-\`.
- Editors that know the YAML language server complete and check by
  \`# yaml-language-server: $schema=…/docs/slipway.schema.json\`.
`

const notes: Readonly<Record<string, string>> = {
  hooks: 'Settings without a description are for sources that this version does not have.',
  schedules: 'Accepted, but not carried out by this version.',
}

/** docs/configuration.md: an example, then a table for each section. */
export function configurationPage(jsonSchema: object, example: string): string {
  const root = readSchema(jsonSchema)
  const sections = Object.entries(root.properties ?? {}).map(([name, schema]) => section(name, schema))
  return [introduction, '## Example\n', `\`\`\`yaml\n${example.trimEnd()}\n\`\`\`\n`, ...sections].join('\n')
}

function section(name: string, schema: Schema): string {
  const lines = [`## ${name}`, '']
  if (schema.description && typeOf(schema) === 'map') lines.push(schema.description, '')
  if (notes[name]) lines.push(notes[name], '')
  lines.push(...tableOf(name, schema, configDefaults()), '')
  return lines.join('\n')
}
