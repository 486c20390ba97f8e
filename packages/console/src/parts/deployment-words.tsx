import type { Deployment } from '../api/answers.ts'
import { formatDuration } from '../format/duration.ts'
import { targetWords } from '../format/words.ts'
import { hrefOf } from '../route.ts'
import { State } from './state.tsx'
import { Time } from './time.tsx'
import { Why } from './why.tsx'

/** A deployment in its state, with what it brings and since when; null where there never was one. */
export function DeploymentWords({ deployment }: { readonly deployment: Deployment | null }) {
  if (deployment === null) return <span class="muted">none</span>
  const { id, state, acceptedAt, startedAt, endedAt } = deployment
  return (
    <>
      <State state={state} />{' '}
      <a href={hrefOf({ page: 'deployment', deployment: id })}>{targetWords(deployment)}</a>
      <div>
        <Time at={endedAt ?? startedAt ?? acceptedAt} />
      </div>
      <Why of={deployment} state={state} />
    </>
  )
}

/** How long each step took, in one line. */
export function Steps({ timings }: { readonly timings: Deployment['timings'] }) {
  if (timings.length === 0) return null
  return (
    <span class="steps">
      {timings.map(({ step, milliseconds, ok }, index) => (
        <span key={`${index} ${step}`} class={ok ? undefined : 'failed'}>
          {step} {formatDuration(milliseconds)}
          {ok ? '' : ' (failed)'}
        </span>
      ))}
    </span>
  )
}
