import { type Refused, routes } from '../api/answers.ts'
import { question } from '../api/ask.ts'
import { useLive } from '../api/use-live.ts'
import { reasonHints } from '../format/reasons.ts'
import { sumRefused } from '../format/sums.ts'
import { counted } from '../format/words.ts'
import { Loaded } from '../parts/loaded.tsx'
import { Table } from '../parts/table.tsx'
import { Time } from '../parts/time.tsx'
import { hrefOf } from '../route.ts'

const spans = [
  ['1h', 'an hour'],
  ['1d', 'a day'],
  ['7d', 'a week'],
  ['30d', '30 days'],
] as const
const most = 500

interface RefusedPageProps {
  readonly hook: string | null
  /** How far back, as a duration of the API. */
  readonly since: string
}

/** The calls of webhooks that were refused, and why. */
export function RefusedPage({ hook, since }: RefusedPageProps) {
  const query = { hook: hook ?? undefined, since, limit: String(most) }
  const live = useLive(question(routes.audit, {}, query))
  return (
    <>
      <h1>Refused calls{hook === null ? '' : ` of ${hook}`}</h1>
      <nav class="choice" aria-label="How far back">
        {spans.map(([span, words]) => (
          <a
            key={span}
            href={hrefOf({ page: 'refused', hook, since: span })}
            aria-current={span === since ? 'true' : undefined}
          >
            {words}
          </a>
        ))}
        {hook !== null && <a href={hrefOf({ page: 'refused', hook: null, since })}>all hooks</a>}
      </nav>
      <Loaded live={live}>{({ refused }) => <Calls refused={refused} since={since} />}</Loaded>
    </>
  )
}

function Calls({ refused, since }: { readonly refused: readonly Refused[]; readonly since: string }) {
  if (refused.length === 0) return <p class="empty">No call was refused in this time.</p>
  const calls = refused.reduce((sum, { count }) => sum + count, 0)
  return (
    <>
      <p class="sum">
        {counted(calls, 'call')}
        {refused.length === most && `, in the newest ${most} lines; slipway audit shows more`}
      </p>
      <h2>By hook and reason</h2>
      <Table
        label="Refused by hook and reason"
        rows={sumRefused(refused)}
        keyOf={({ hook, reason }) => `${hook} ${reason}`}
        empty="None."
        columns={[
          { head: 'Hook', kind: 'name', cell: ({ hook }) => <Hook hook={hook} since={since} /> },
          { head: 'Reason', cell: ({ reason }) => reason },
          { head: 'Calls', kind: 'number', cell: (sum) => sum.calls.toLocaleString('en') },
          { head: 'Callers', kind: 'number', cell: ({ peers }) => (peers > 0 ? peers : '-') },
          { head: 'Newest', cell: ({ last }) => <Time at={last} /> },
          { head: 'Look at', cell: ({ reason }) => reasonHints[reason] },
        ]}
      />
      <h2>One by one</h2>
      <Table
        label="Refused calls"
        rows={refused.map((one, index) => ({ ...one, index }))}
        keyOf={({ index }) => String(index)}
        empty="None."
        columns={[
          { head: 'When', kind: 'name', cell: ({ at }) => <Time at={at} /> },
          { head: 'Hook', cell: ({ hook }) => <Hook hook={hook} since={since} /> },
          { head: 'Source', cell: ({ source }) => source ?? '-' },
          { head: 'Reason', cell: ({ reason }) => reason },
          { head: 'From', cell: ({ peer }) => (peer === null ? 'several' : <code>{peer}</code>) },
          { head: 'Answered', kind: 'number', cell: ({ status }) => status },
          { head: 'Calls', kind: 'number', cell: ({ count }) => count.toLocaleString('en') },
        ]}
      />
    </>
  )
}

function Hook({ hook, since }: { readonly hook: string | null; readonly since: string }) {
  if (hook === null) return <span class="muted">no such hook</span>
  return <a href={hrefOf({ page: 'refused', hook, since })}>{hook}</a>
}
