import { type Prune, routes } from '../api/answers.ts'
import { question } from '../api/ask.ts'
import { useLive } from '../api/use-live.ts'
import { formatBytes } from '../format/bytes.ts'
import { formatDuration } from '../format/duration.ts'
import { sumOf } from '../format/sums.ts'
import { causeWords } from '../format/words.ts'
import { DiskWords } from '../parts/disk-words.tsx'
import { Loaded } from '../parts/loaded.tsx'
import { State } from '../parts/state.tsx'
import { Table } from '../parts/table.tsx'
import { Time } from '../parts/time.tsx'
import { Why } from '../parts/why.tsx'
import { hrefOf } from '../route.ts'

/** A record may be long, and there is a new one a night. */
const seldom = 30_000
/** Records of each host that are asked for: of all hosts at once fewer. */
export const fewOfAll = '5'
export const manyOfOne = '20'

/** The records of the last prunes, of one host or of all. */
export function PrunesPage({ host }: { readonly host: string | null }) {
  const query = host === null ? { count: fewOfAll } : { host, count: manyOfOne }
  const live = useLive(question(routes.prunes, {}, query), () => seldom)
  return (
    <>
      {host !== null && (
        <p class="crumbs">
          <a href={hrefOf({ page: 'prunes', host: null })}>Prunes</a>
        </p>
      )}
      <h1>{host === null ? 'Prunes' : `Prunes of ${host}`}</h1>
      <Loaded live={live}>{({ prunes }) => <Hosts prunes={prunes} isOne={host !== null} />}</Loaded>
    </>
  )
}

function Hosts({ prunes, isOne }: { readonly prunes: readonly Prune[]; readonly isOne: boolean }) {
  if (prunes.length === 0)
    return (
      <p class="empty">
        No prune has run yet. <code>schedules.prune</code> has one run by the clock,{' '}
        <code>slipway prune</code> now; <code>slipway prune --dry-run</code> only tells what it would do.
      </p>
    )
  return (
    <>
      {[...Map.groupBy(prunes, ({ host }) => host)].map(([host, records]) => (
        <section key={host}>
          {!isOne && (
            <h2>
              <a href={hrefOf({ page: 'prunes', host })}>{host}</a>
            </h2>
          )}
          <Records host={host} records={records} />
        </section>
      ))}
    </>
  )
}

function Records({ host, records }: { readonly host: string; readonly records: readonly Prune[] }) {
  return (
    <Table
      label={`Prunes of ${host}`}
      rows={records}
      keyOf={({ startedAt }) => String(startedAt)}
      empty="No prune has run yet."
      columns={[
        {
          head: 'When',
          kind: 'name',
          cell: ({ startedAt }) => (
            <a href={hrefOf({ page: 'prune', host, startedAt })}>
              <Time at={startedAt} />
            </a>
          ),
        },
        { head: 'Cause', cell: ({ cause, by }) => causeWords(cause, by) },
        {
          head: 'Outcome',
          cell: (one) => (
            <>
              <State state={one.outcome} /> {one.isDryRun && <span class="muted">only a plan</span>}
              <Why of={one} state={one.outcome} />
            </>
          ),
        },
        {
          head: 'Deleted',
          kind: 'number',
          cell: ({ counts }) => {
            const { deleted, failed } = sumOf(counts)
            return failed > 0 ? `${deleted} (${failed} not)` : deleted
          },
        },
        { head: 'Kept', kind: 'number', cell: ({ counts }) => sumOf(counts).kept },
        { head: 'Freed', kind: 'number', cell: ({ freedBytes }) => formatBytes(freedBytes) },
        {
          head: 'Free before → after',
          cell: ({ before, after }) => <DiskWords before={before} after={after} />,
        },
        { head: 'Took', kind: 'number', cell: ({ milliseconds }) => formatDuration(milliseconds) },
      ]}
    />
  )
}
