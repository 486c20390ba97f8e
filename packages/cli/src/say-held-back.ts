import { type Config, windowState } from '@slipway/core'
import type { HeldFreeze } from '@slipway/store'
import type { CommandContext } from './command.ts'
import { describeHeld, describeWindow } from './held-back.ts'

export interface HeldBackQuestion {
  readonly name: string
  readonly hosts: readonly string[]
  readonly held: readonly HeldFreeze[]
  /** True when the deploy passes a closed window. */
  readonly isForced?: boolean
  /** True for one that asks for no window at all. */
  readonly isRollback?: boolean
}

/** Tells whoever queued a deploy what it waits for. */
export function sayHeldBack(
  { say, clock }: Pick<CommandContext, 'say' | 'clock'>,
  { projects }: Pick<Config, 'projects'>,
  { name, hosts, held, isForced = false, isRollback = false }: HeldBackQuestion,
): void {
  const freezes = held.filter(({ project }) => project === null || project === name)
  for (const freeze of freezes) say(`It waits: ${describeHeld(freeze, hosts)}`)
  if (freezes.length > 0 && isForced) say('--force does not pass a freeze; `slipway unfreeze` ends it.')
  const window = windowState(projects[name]?.windows ?? [], clock.now())
  if (window.open || isForced || isRollback) return
  say(`It waits: ${describeWindow(name, window.opensAt)}. \`slipway deploy ${name} --force\` does not wait.`)
}
