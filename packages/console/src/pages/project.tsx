import {
  type Deployment,
  type ProjectDetail,
  type Rollout,
  routes,
  type Verification,
} from '../api/answers.ts'
import { question } from '../api/ask.ts'
import { useLive } from '../api/use-live.ts'
import { formatDuration } from '../format/duration.ts'
import { shortDigest, targetWords, triggerWords } from '../format/words.ts'
import { DeploymentWords, Steps } from '../parts/deployment-words.tsx'
import { Hold } from '../parts/hold.tsx'
import { Loaded } from '../parts/loaded.tsx'
import { State } from '../parts/state.tsx'
import { Table } from '../parts/table.tsx'
import { Time } from '../parts/time.tsx'
import { Why } from '../parts/why.tsx'
import { hrefOf } from '../route.ts'
import { LiveWords } from './overview.tsx'

/** What is looked at by the clock changes seldom. */
const seldom = 30_000

/** One project: its hosts, deployments, releases, and whether what is live was changed by hand. */
export function ProjectPage({ project }: { readonly project: string }) {
  const live = useLive(question(routes.project, { project }))
  const looks = useLive(question(routes.verifications, { project }), () => seldom)
  return (
    <>
      <p class="crumbs">
        <a href="#/">Projects</a>
      </p>
      <h1>{project}</h1>
      <Loaded live={live}>
        {(detail) => (
          <>
            <p class="sum">
              <code>{detail.image}</code>
            </p>
            <Hosts detail={detail} />
            {detail.rollout && <RolloutPanel rollout={detail.rollout} />}
            <h2>Deployments</h2>
            <Deployments deployments={detail.deployments} />
            <h2>Releases</h2>
            <Releases releases={detail.releases} />
            <h2>Changed by hand?</h2>
            <Loaded live={looks}>
              {({ verifications }) => <Verifications verifications={verifications} />}
            </Loaded>
          </>
        )}
      </Loaded>
    </>
  )
}

function Hosts({ detail }: { readonly detail: ProjectDetail }) {
  return (
    <Table
      label="Hosts"
      rows={detail.hosts}
      keyOf={({ host }) => host}
      empty="It is on no host."
      columns={[
        { head: 'Host', kind: 'name', cell: ({ host }) => host },
        { head: 'Live', cell: (on) => <LiveWords live={on.live} /> },
        { head: 'Last', cell: (on) => <DeploymentWords deployment={on.last} /> },
        { head: 'Held back', cell: (on) => <Hold freeze={on.freeze} window={detail.window} /> },
      ]}
    />
  )
}

const turns: Readonly<Record<string, string>> = {
  go: 'its turn, or done',
  wait: 'waits for the hosts before it',
  stop: 'does not begin: too many have failed',
  back: 'goes back with the others',
}

function RolloutPanel({ rollout }: { readonly rollout: Rollout }) {
  const { acceptedAt, hosts, isStopped, policy } = rollout
  return (
    <>
      <h2>Newest rollout</h2>
      <p class="sum">
        {isStopped && <State state="failed" />} {policy.order}, accepted <Time at={acceptedAt} />
        {isStopped && ': stopped, because too many hosts have failed'}
      </p>
      <Table
        label="Rollout"
        rows={hosts}
        keyOf={({ host }) => host}
        empty="It has no hosts."
        columns={[
          { head: 'Host', kind: 'name', cell: ({ host }) => host },
          {
            head: 'State',
            cell: ({ state, deployment }) => (
              <a href={hrefOf({ page: 'deployment', deployment })}>
                <State state={state ?? 'queued'} />
              </a>
            ),
          },
          { head: 'Turn', cell: ({ turn }) => turns[turn] ?? turn },
        ]}
      />
    </>
  )
}

function Deployments({ deployments }: { readonly deployments: readonly Deployment[] }) {
  return (
    <Table
      label="Deployments"
      rows={deployments}
      keyOf={({ id }) => id}
      empty="Nothing was pushed yet."
      columns={[
        {
          head: 'Deployment',
          kind: 'name',
          cell: (one) => (
            <>
              <a href={hrefOf({ page: 'deployment', deployment: one.id })}>{targetWords(one)}</a>
              <div class="muted">{triggerWords(one.trigger)}</div>
            </>
          ),
        },
        { head: 'Host', cell: ({ host }) => host },
        { head: 'Accepted', cell: ({ acceptedAt }) => <Time at={acceptedAt} /> },
        {
          head: 'State',
          cell: (one) => (
            <>
              <State state={one.state} />
              <Why of={one} state={one.state} />
            </>
          ),
        },
        {
          head: 'Took',
          kind: 'number',
          cell: ({ startedAt, endedAt }) =>
            startedAt !== null && endedAt !== null ? formatDuration(endedAt - startedAt) : '-',
        },
        { head: 'Steps', cell: ({ timings }) => <Steps timings={timings} /> },
      ]}
    />
  )
}

function Releases({ releases }: { readonly releases: ProjectDetail['releases'] }) {
  return (
    <>
      {releases.map(({ host, at, releases: known }) => (
        <section key={host}>
          <h3>
            {host} {at !== null && <small>as its worker told</small>} {at !== null && <Time at={at} />}
          </h3>
          <Table
            label={`Releases on ${host}`}
            rows={known}
            keyOf={({ name }) => name}
            empty={at === null ? 'Its worker has told of none yet.' : 'There is none.'}
            columns={[
              { head: 'Release', kind: 'name', cell: ({ name }) => <code class="release">{name}</code> },
              {
                head: 'Image',
                cell: ({ tag, digest }) => (
                  <>
                    {tag} <code title={digest}>{shortDigest(digest)}</code>
                  </>
                ),
              },
              { head: 'Copied', cell: ({ copiedAt }) => <Time at={copiedAt} /> },
              {
                head: 'State',
                cell: ({ live, status, present }) => (
                  <>
                    {live ? <State state="live" /> : <ReleaseState status={status} />}
                    {!present && <div class="why">its folder is gone</div>}
                  </>
                ),
              },
            ]}
          />
        </section>
      ))}
    </>
  )
}

function ReleaseState({ status }: { readonly status: string }) {
  if (status === 'live') return <span class="muted">was live</span>
  return status === 'copied' ? <span class="muted">was never live</span> : <State state={status} />
}

function Verifications({ verifications }: { readonly verifications: readonly Verification[] }) {
  return (
    <Table
      label="Verifications"
      rows={verifications}
      keyOf={({ host }) => host}
      empty="Nobody has looked yet: slipway verify does, and so does schedules.verify."
      columns={[
        { head: 'Host', kind: 'name', cell: ({ host }) => host },
        { head: 'Looked', cell: ({ at }) => <Time at={at} /> },
        { head: 'Found', cell: (one) => <Found verification={one} /> },
      ]}
    />
  )
}

function Found({ verification }: { readonly verification: Verification }) {
  const { outcome, report, strayed, quick } = verification
  return (
    <>
      <State state={outcome} /> {quick && <span class="muted">quick</span>}
      {report && (
        <span>
          {' '}
          {report.files} files: {report.counts.added} added, {report.counts.changed} changed,{' '}
          {report.counts.missing} missing
        </span>
      )}
      {strayed && <div class="why">current leads to {strayed.to ?? 'nothing'}</div>}
      <Why of={verification} state={outcome} />
      {report &&
        (['added', 'changed', 'missing'] as const).map(
          (kind) =>
            report[kind].length > 0 && (
              <details key={kind}>
                <summary>{kind}</summary>
                <ul class="paths">
                  {report[kind].map((path) => (
                    <li key={path}>{path}</li>
                  ))}
                </ul>
              </details>
            ),
        )}
    </>
  )
}
