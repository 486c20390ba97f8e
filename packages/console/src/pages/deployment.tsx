import { type DeploymentDetail, routes } from '../api/answers.ts'
import { question } from '../api/ask.ts'
import { useLive } from '../api/use-live.ts'
import { formatDuration } from '../format/duration.ts'
import { targetWords, triggerWords, whyWords } from '../format/words.ts'
import { Facts } from '../parts/facts.tsx'
import { Loaded } from '../parts/loaded.tsx'
import { State } from '../parts/state.tsx'
import { Table } from '../parts/table.tsx'
import { Time } from '../parts/time.tsx'
import { Why } from '../parts/why.tsx'
import { hrefOf } from '../route.ts'

const underWay = 2_000
// It may be taken up again.
const ended = 30_000

/** What happened to one push on one host, with its log. */
export function DeploymentPage({ deployment }: { readonly deployment: string }) {
  const live = useLive(question(routes.deployment, { deployment }, { log: '1' }), ({ endedAt }) =>
    endedAt === null ? underWay : ended,
  )
  return (
    <>
      <p class="crumbs">
        <a href="#/">Projects</a>
        {live.data && (
          <a href={hrefOf({ page: 'project', project: live.data.project })}>{live.data.project}</a>
        )}
      </p>
      <h1>Deployment {deployment}</h1>
      <Loaded live={live}>
        {(found) => (
          <>
            <Summary found={found} />
            <h2>Steps</h2>
            <StepTable timings={found.timings} />
            <h2>Log</h2>
            <Log lines={found.log ?? []} />
          </>
        )}
      </Loaded>
    </>
  )
}

function Summary({ found }: { readonly found: DeploymentDetail }) {
  const { acceptedAt, startedAt, endedAt, cancel, attempts, digest, resolvedDigest } = found
  return (
    <Facts
      facts={[
        ['State', <State key="state" state={found.state} />],
        ['Why', whyWords(found) && <Why of={found} state={found.state} />],
        ['Host', found.host],
        ['Brings', targetWords(found)],
        ['Image', <code key="image">{found.image}</code>],
        ['Named digest', digest && digest !== resolvedDigest && <code>{digest}</code>],
        ['Digest', resolvedDigest && <code>{resolvedDigest}</code>],
        ['Release', found.release && <code>{found.release}</code>],
        ['Asked for by', triggerWords(found.trigger)],
        ['Accepted', <Time key="accepted" at={acceptedAt} />],
        ['Started', startedAt === null ? null : <Time at={startedAt} />],
        ['Ended', endedAt === null ? null : <Time at={endedAt} />],
        ['Took', startedAt === null || endedAt === null ? null : formatDuration(endedAt - startedAt)],
        ['Attempts', attempts > 1 ? attempts : null],
        [
          'Cancelled by',
          cancel && (
            <>
              {cancel.by} <Time at={cancel.at} />
            </>
          ),
        ],
        [
          'Superseded by',
          found.supersededBy && (
            <a href={hrefOf({ page: 'deployment', deployment: found.supersededBy })}>{found.supersededBy}</a>
          ),
        ],
      ]}
    />
  )
}

function StepTable({ timings }: { readonly timings: DeploymentDetail['timings'] }) {
  const longest = Math.max(1, ...timings.map(({ milliseconds }) => milliseconds))
  return (
    <Table
      label="Steps"
      rows={timings.map((timing, index) => ({ ...timing, index }))}
      keyOf={({ index }) => String(index)}
      empty="It has not begun."
      columns={[
        { head: 'Step', kind: 'name', cell: ({ step }) => step },
        { head: 'Took', kind: 'number', cell: ({ milliseconds }) => formatDuration(milliseconds) },
        {
          head: 'Of the longest',
          cell: ({ step, milliseconds }) => (
            <progress
              aria-label={`${step}, compared with the longest step`}
              value={milliseconds}
              max={longest}
            />
          ),
        },
        {
          head: 'Ended',
          cell: ({ ok }) => <span class={`state ${ok ? 'good' : 'bad'}`}>{ok ? 'good' : 'failed'}</span>,
        },
      ]}
    />
  )
}

function Log({ lines }: { readonly lines: readonly string[] }) {
  if (lines.length === 0) return <p class="empty">There is no line yet.</p>
  return (
    // A long log scrolls: who uses the keyboard has to be able to reach it.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: see above
    <section class="log" aria-label="Log" tabIndex={0}>
      <pre>{lines.join('\n')}</pre>
    </section>
  )
}
