/** How a state is to be taken: `bad` needs a person, `busy` goes on by itself. */
export type Tone = 'good' | 'busy' | 'warn' | 'bad' | 'quiet'

const tones: ReadonlyMap<string, Tone> = new Map([
  ...(['live', 'already-live', 'done', 'clean', 'in-place'] as const).map(
    (state) => [state, 'good'] as const,
  ),
  ...(['resolve', 'pull', 'copy', 'link', 'migrate', 'switch', 'reload', 'check', 'roll-back'] as const).map(
    (state) => [state, 'busy'] as const,
  ),
  ...(['live-with-warnings', 'rolled-back', 'problems', 'differs', 'missing', 'busy'] as const).map(
    (state) => [state, 'warn'] as const,
  ),
  ...(['failed', 'needs-operator', 'drift', 'bad'] as const).map((state) => [state, 'bad'] as const),
  ...(['queued', 'superseded', 'cancelled', 'copied'] as const).map((state) => [state, 'quiet'] as const),
])

/** The tone of a state of a deployment, a run, a look, a schedule or a release; undefined for one that is not known. */
export function knownTone(state: string): Tone | undefined {
  return tones.get(state)
}

export function toneOf(state: string): Tone {
  return knownTone(state) ?? 'quiet'
}

/** True for what somebody should look at. */
export function needsLook(state: string): boolean {
  const tone = toneOf(state)
  return tone === 'bad' || tone === 'warn'
}
