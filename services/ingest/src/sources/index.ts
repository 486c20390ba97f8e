import type { SourceId } from '@slipway/core'
import { acr } from './acr/index.ts'
import { distribution } from './distribution/index.ts'
import type { Source } from './source.ts'

/** All sources, in alphabetical order. A new one is a folder and a line here (and its id in core). */
export const sources: readonly Source[] = [acr, distribution]

const byId = new Map(sources.map((source) => [source.id, source]))

/** The source of an id that the configuration allows. */
export function sourceOf(id: SourceId): Source {
  const source = byId.get(id)
  if (!source) throw new Error(`there is no source "${id}"`)
  return source
}
