import { authOf, type Config } from '@slipway/core'
import { type Allows, createAllows } from './address.ts'
import { bodyLimitOf } from './body-limit.ts'
import { createProof } from './proof/index.ts'
import type { CostedProof } from './proof/proof.ts'
import { sourceOf } from './sources/index.ts'
import type { Source, SourceSettings } from './sources/source.ts'

/** A hook that is ready to be called. */
export interface OpenHook {
  readonly name: string
  readonly source: Source
  readonly proof: CostedProof
  readonly settings: SourceSettings
  /** The only projects that it may nudge; all when undefined. */
  readonly only: readonly string[] | undefined
  /** The only addresses that it hears; all when undefined. */
  readonly allows: Allows | undefined
  /** Bytes that a proven body may have. */
  readonly bodyLimit: number
}

type Hooks = Config['hooks']

/** Hooks with their secrets, by name. Hooks that cannot be proven are left out, which closes them. */
export function openHooks(
  hooks: Hooks,
  secrets: ReadonlyMap<string, readonly string[]>,
): ReadonlyMap<string, OpenHook> {
  const open = Object.entries(hooks).flatMap(([name, hook]): [string, OpenHook][] => {
    const source = sourceOf(hook.source)
    const known = secrets.get(name) ?? []
    const proof = createProof({ auth: authOf(hook), secrets: known, form: source.form, hook })
    if (!proof) return []
    const allows = hook.allow && createAllows(hook.allow)
    const bodyLimit = bodyLimitOf(source)
    return [[name, { name, source, proof, settings: hook, only: hook.projects, allows, bodyLimit }]]
  })
  return new Map(open)
}
