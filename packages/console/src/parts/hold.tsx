import type { Freeze, Project } from '../api/answers.ts'
import { Time } from './time.tsx'

/** Who froze something, since when, until when and why. */
export function FreezeWords({ freeze }: { readonly freeze: Freeze }) {
  const { by, since, until, reason } = freeze
  return (
    <>
      frozen by {by} since <Time at={since} />
      {until === null ? '' : ', until '}
      {until !== null && <Time at={until} />}: {reason}
    </>
  )
}

/** What holds deploys of a project on one host back; nothing when nothing does. */
export function Hold({
  freeze,
  window,
}: {
  readonly freeze: Freeze | null
  readonly window: Project['window']
}) {
  return (
    <>
      {freeze && (
        <p>
          <FreezeWords freeze={freeze} />
        </p>
      )}
      {!window.open && (
        <p>
          window closed
          {window.opensAt !== undefined && (
            <>
              , opens <Time at={window.opensAt} />
            </>
          )}
        </p>
      )}
    </>
  )
}
