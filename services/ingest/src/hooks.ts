import { authOf, type Config } from '@slipway/core'
import { createProof } from './proof/index.ts'
import type { Proof } from './proof/proof.ts'
import { sourceOf } from './sources/index.ts'
import type { Source, SourceSettings } from './sources/source.ts'

/** A hook that is ready to be called. */
export interface OpenHook {
  readonly name: string
  readonly source: Source
  readonly proof: Proof
  readonly settings: SourceSettings
  /** The only projects that it may nudge; all when undefined. */
  readonly only: readonly string[] | undefined
}

type Hooks = Config['hooks']

/** Hooks with their secrets, by name. Hooks without secrets are left out, which closes them. */
export function openHooks(
  hooks: Hooks,
  secrets: ReadonlyMap<string, readonly string[]>,
): ReadonlyMap<string, OpenHook> {
  const open = Object.entries(hooks).flatMap(([name, hook]): [string, OpenHook][] => {
    const known = secrets.get(name) ?? []
    const proof = known.length > 0 ? createProof(authOf(hook), known) : null
    if (!proof) return []
    return [[name, { name, source: sourceOf(hook.source), proof, settings: hook, only: hook.projects }]]
  })
  return new Map(open)
}
