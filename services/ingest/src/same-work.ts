import type { OpenHook } from './hooks.ts'
import type { Evidence, ProofWork } from './proof/proof.ts'

/** Spends what other hooks would have spent on a call that is refused. The hook is null when its proof was not asked. */
export type SameWork = (call: Evidence, asked: OpenHook | null) => void

/**
 * Whether a hook exists, and how its senders prove themselves, must not show in the time that a refusal takes: a
 * signature goes over a body that a stranger may make a megabyte long. So every refusal does the work of each kind of
 * proof that is configured, as often as the hook with the most secrets of that kind would.
 */
export function createSameWork(hooks: Iterable<OpenHook>): SameWork {
  const dearest = new Map<string, ProofWork>()
  for (const { proof } of hooks) {
    const { work } = proof
    if (work && work.times > (dearest.get(work.kind)?.times ?? 0)) dearest.set(work.kind, work)
  }
  const all = [...dearest.values()]
  return (call, asked) => {
    const own = asked?.proof.work
    for (const { kind, times, once } of all) {
      const done = own?.kind === kind ? own.times : 0
      // Nobody waits for the answer, which is always the same; proofs never throw.
      for (let more = done; more < times; more += 1) void once(call)
    }
  }
}
