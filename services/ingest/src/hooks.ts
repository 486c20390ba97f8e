import type { Config } from '@slipway/core'
import { createProof, provableTypes } from './proof/index.ts'
import type { Proof } from './proof/proof.ts'
import { sourceOf } from './sources/index.ts'
import type { HookAuth, Source, SourceSettings } from './sources/source.ts'

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

/** A line for each hook whose kind of proof cannot be checked yet. */
export function unprovableHooks(hooks: Hooks): string[] {
  return Object.entries(hooks).flatMap(([name, hook]) => {
    const { type } = authOf(hook)
    if (provableTypes.includes(type)) return []
    return [
      `  hooks.${name}.auth.type: "${type}" cannot be checked yet; use one of: ${provableTypes.join(', ')}`,
    ]
  })
}

/** Hooks with their secrets, by name. Hooks without secrets are left out, which closes them. */
export function openHooks(
  hooks: Hooks,
  secrets: ReadonlyMap<string, readonly string[]>,
): ReadonlyMap<string, OpenHook> {
  const open = Object.entries(hooks).flatMap(([name, hook]): [string, OpenHook][] => {
    const known = secrets.get(name) ?? []
    const proof = known.length > 0 ? createProof(authOf(hook), known) : null
    if (!proof) return []
    const settings = { registry: hook.registry }
    return [[name, { name, source: sourceOf(hook.source), proof, settings, only: hook.projects }]]
  })
  return new Map(open)
}

function authOf(hook: Hooks[string]): HookAuth {
  return hook.auth ?? sourceOf(hook.source).auth
}
