import { needsLook } from '../format/tone.ts'
import { whyWords } from '../format/words.ts'

interface WhyProps {
  /** What ended, or waits, and the reason that came with it. */
  readonly of: { readonly errorCode: string | null; readonly why: string | null }
  readonly state: string
}

/** The reason of a state; nothing when there is none. It is loud only where somebody should look. */
export function Why({ of, state }: WhyProps) {
  const words = whyWords(of)
  return words ? <div class={needsLook(state) ? 'why' : 'why calm'}>{words}</div> : null
}
