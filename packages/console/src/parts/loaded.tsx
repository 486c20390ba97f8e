import type { ComponentChildren } from 'preact'
import type { Failure } from '../api/ask.ts'
import type { Live } from '../api/use-live.ts'
import { Now, Time } from './time.tsx'

interface LoadedProps<T> {
  readonly live: Live<T>
  readonly children: (data: T) => ComponentChildren
}

/** Shows what is known, says that it is being asked for, and why there is nothing or nothing newer. */
export function Loaded<T>({ live: { data, at, failure }, children }: LoadedProps<T>) {
  return (
    <Now.Provider value={at}>
      {failure && (
        <div class="note bad" role="alert">
          <p>{failureWords(failure)}</p>
          {failure.kind === 'login' && (
            <p>
              <a href="/login">Log in</a>
            </p>
          )}
          {data !== null && (
            <p>
              What is shown is of <Time at={at} />.
            </p>
          )}
        </div>
      )}
      {data === null && !failure && <p class="empty">Asking…</p>}
      {data !== null && children(data)}
    </Now.Provider>
  )
}

function failureWords(failure: Failure): string {
  switch (failure.kind) {
    case 'login':
      return 'The session has ended.'
    case 'refused':
      return failure.message || `Ingest answered ${failure.status}.`
    case 'silent':
      return 'Ingest does not answer. It is asked again every few seconds.'
    case 'misfit':
      return `This page and ingest are not of the same version (${failure.place}): load the page again.`
  }
}
