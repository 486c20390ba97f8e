import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import { timeWords } from '../format/time.ts'

/** The time of what is shown, by the clock of ingest: distances are reckoned from here. */
export const Now = createContext(0)

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone

/** A moment in the zone of the viewer: when and how far away, and exactly for whoever points at it. */
export function Time({ at }: { readonly at: number }) {
  const now = useContext(Now)
  const { distance, short, exact } = timeWords(at, now, zone)
  return (
    <time dateTime={new Date(at).toISOString()} title={exact}>
      {short} <span class="muted">{distance}</span>
    </time>
  )
}
