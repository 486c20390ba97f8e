import { routes, type Schedule } from '../api/answers.ts'
import { question } from '../api/ask.ts'
import { useLive } from '../api/use-live.ts'
import { formatDuration } from '../format/duration.ts'
import { repeatWords } from '../format/words.ts'
import { Loaded } from '../parts/loaded.tsx'
import { State } from '../parts/state.tsx'
import { Table } from '../parts/table.tsx'
import { Time } from '../parts/time.tsx'
import { Why } from '../parts/why.tsx'
import { hrefOf } from '../route.ts'

/** The jobs by the clock: what they are, when they come next, how they ended last. */
export function SchedulesPage() {
  const live = useLive(question(routes.schedules))
  return (
    <>
      <h1>Schedules</h1>
      <Loaded live={live}>{({ schedules }) => <Schedules schedules={schedules} />}</Loaded>
    </>
  )
}

const states: Readonly<Record<string, string>> = {
  missing: 'not in place: does a worker run there?',
  differs: 'the worker there has another configuration than ingest',
}

function Schedules({ schedules }: { readonly schedules: readonly Schedule[] }) {
  return (
    <Table
      label="Schedules"
      rows={schedules}
      keyOf={({ host, name }) => `${host} ${name}`}
      empty="Nothing comes by the clock: schedules of the configuration is empty, or no project is on a host."
      columns={[
        { head: 'Job', kind: 'name', cell: ({ name }) => name },
        { head: 'Host', cell: ({ host }) => host },
        {
          head: 'When',
          cell: ({ repeat, state }) => (
            <>
              {repeatWords(repeat)}
              {state !== 'in-place' && (
                <div class="why">
                  <State state={state} /> {states[state]}
                </div>
              )}
            </>
          ),
        },
        {
          head: 'Next run',
          cell: ({ next }) => (next === null ? <span class="muted">none</span> : <Time at={next} />),
        },
        { head: 'Last run', cell: (one) => <LastRun schedule={one} /> },
      ]}
    />
  )
}

function LastRun({ schedule: { name, host, last } }: { readonly schedule: Schedule }) {
  if (last === null) return <span class="muted">none yet</span>
  return (
    <>
      <State state={last.outcome} /> <Time at={last.startedAt} />
      <div class="muted">
        took {formatDuration(last.milliseconds)}
        {last.by === null ? '' : `, for ${last.by}`}
      </div>
      <Why of={last} state={last.outcome} />
      {name === 'prune' && (
        <div>
          <a href={hrefOf({ page: 'prunes', host })}>Its records</a>
        </div>
      )}
    </>
  )
}
