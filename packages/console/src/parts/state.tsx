import { toneOf } from '../format/tone.ts'

/** A state in a word, with the colour that it has everywhere. */
export function State({ state }: { readonly state: string }) {
  return <span class={`state ${toneOf(state)}`}>{state}</span>
}
