import { configJsonSchema } from '@slipway/core'
import { configurationPage } from './configuration-page.ts'
import { errorsPage } from './errors-page.ts'

/** A generated file of docs/. */
export interface Page {
  readonly name: string
  readonly text: string
}

/** All generated pages; `example` is the slipway.yaml that the documentation shows. */
export function makePages(example: string): Page[] {
  return [
    { name: 'slipway.schema.json', text: `${JSON.stringify(configJsonSchema(), null, 2)}\n` },
    { name: 'configuration.md', text: configurationPage(configJsonSchema(), example) },
    { name: 'errors.md', text: errorsPage() },
  ]
}
