import { isName } from '@slipway/core'
import type { OpenHook } from './hooks.ts'
import type { Call } from './receive.ts'
import { createSameWork } from './same-work.ts'

/** What a sender is allowed that asked first. */
export interface Permission {
  readonly hook: string
  /** The sender, as it named itself. */
  readonly origin: string
  /** Calls a minute; null for as many as it likes. */
  readonly rate: number | null
}

/** Whether a sender may send; null when the answer is that of an unknown hook. */
export type Preflight = (call: Call) => Permission | null | Promise<Permission | null>

/** A DNS name, which is what the specification has a sender name itself by. */
const dnsName = /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]{0,62})(?:\.[a-z0-9](?:[a-z0-9-]{0,62}))*$/i

/**
 * The question that the webhook specification of CloudEvents has senders ask before they send (its section 4). Only hooks
 * whose source asks first answer it, and only to who shows the proof that its calls will bear: a call without a body
 * cannot be signed, so hooks with a signature answer nobody. A callback that is offered is never called.
 * @param perHook calls a minute that each hook takes; 0 for no limit
 */
export function createPreflight(hooks: ReadonlyMap<string, OpenHook>, perHook: number): Preflight {
  const sameWork = createSameWork(hooks.values())
  const permit = (hook: OpenHook, origin: string) => ({
    hook: hook.name,
    origin,
    rate: perHook === 0 ? null : perHook,
  })

  return (call) => {
    const hook = isName(call.hook) ? hooks.get(call.hook) : undefined
    const origin = call.headers['webhook-request-origin'] ?? ''
    if (!hook?.source.asksFirst || (hook.allows && !hook.allows(call.peer)) || !dnsName.test(origin)) {
      sameWork(call, null)
      return null
    }
    const decide = ({ ok }: { readonly ok: boolean }) => {
      if (ok) return permit(hook, origin)
      sameWork(call, hook)
      return null
    }
    const proof = hook.proof.prove(call)
    return proof instanceof Promise ? proof.then(decide) : decide(proof)
  }
}
