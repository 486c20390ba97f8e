import { useState } from 'preact/hooks'
import type { HeldFreeze, HostReport, Project } from '../api/answers.ts'
import { routes } from '../api/answers.ts'
import { question } from '../api/ask.ts'
import { useLive } from '../api/use-live.ts'
import { needsLook } from '../format/tone.ts'
import { counted, shortDigest } from '../format/words.ts'
import { DeploymentWords } from '../parts/deployment-words.tsx'
import { FreezeWords, Hold } from '../parts/hold.tsx'
import { Loaded } from '../parts/loaded.tsx'
import { Table } from '../parts/table.tsx'
import { Time } from '../parts/time.tsx'
import { hrefOf } from '../route.ts'

interface Row {
  readonly project: Project
  readonly on: HostReport
}

/** Every project on every host. */
export function OverviewPage() {
  const live = useLive(question(routes.overview))
  return (
    <>
      <h1>Projects</h1>
      <Loaded live={live}>
        {({ freezes, projects }) => (
          <>
            <Freezes freezes={freezes} />
            <Projects projects={projects} />
          </>
        )}
      </Loaded>
    </>
  )
}

function Freezes({ freezes }: { readonly freezes: readonly HeldFreeze[] }) {
  if (freezes.length === 0) return null
  return (
    <div class="note warn">
      <h2>Freezes</h2>
      <ul>
        {freezes.map((freeze) => (
          <li key={freeze.project ?? ''}>
            <strong>{freeze.project ?? 'Everything'}</strong> on {freeze.hosts.join(', ')}{' '}
            <FreezeWords freeze={freeze} />
          </li>
        ))}
      </ul>
    </div>
  )
}

function Projects({ projects }: { readonly projects: readonly Project[] }) {
  const [sought, setSought] = useState('')
  const [onlyNeedy, setOnlyNeedy] = useState(false)
  const rows = projects.flatMap((project) => project.hosts.map((on) => ({ project, on })))
  const needy = rows.filter(isNeedy)
  const shown = (onlyNeedy ? needy : rows).filter(({ project, on }) =>
    `${project.project} ${on.host}`.includes(sought.trim()),
  )
  const hosts = new Set(rows.map(({ on }) => on.host)).size
  return (
    <>
      <p class="sum">
        {counted(projects.length, 'project')} on {counted(hosts, 'host')};{' '}
        {needy.length === 0 ? 'all is well' : `${needy.length} did not go as wished`}
      </p>
      <form class="filter" onSubmit={(event) => event.preventDefault()}>
        <label>
          Find{' '}
          <input
            type="search"
            value={sought}
            placeholder="project or host"
            onInput={({ currentTarget }) => setSought(currentTarget.value)}
          />
        </label>
        <label>
          <input
            type="checkbox"
            checked={onlyNeedy}
            onChange={({ currentTarget }) => setOnlyNeedy(currentTarget.checked)}
          />{' '}
          only what did not go as wished
        </label>
      </form>
      <Table
        label="Projects"
        rows={shown}
        keyOf={({ project, on }) => `${project.project} ${on.host}`}
        empty={projects.length === 0 ? 'No project is configured.' : 'Nothing is like that.'}
        columns={[
          {
            head: 'Project',
            kind: 'name',
            cell: ({ project }) => (
              <a href={hrefOf({ page: 'project', project: project.project })}>{project.project}</a>
            ),
          },
          { head: 'Host', cell: ({ on }) => on.host },
          { head: 'Live', cell: ({ on }) => <LiveWords live={on.live} /> },
          { head: 'Last', cell: ({ on }) => <DeploymentWords deployment={on.last} /> },
          {
            head: 'Held back',
            cell: ({ project, on }) => <Hold freeze={on.freeze} window={project.window} />,
          },
        ]}
      />
    </>
  )
}

/** What is live: tag, digest, release, and since when. */
export function LiveWords({ live }: { readonly live: HostReport['live'] }) {
  if (live === null) return <span class="muted">nothing yet</span>
  const { tag, resolvedDigest, release, endedAt } = live
  return (
    <>
      <strong>{tag ?? 'by digest'}</strong>{' '}
      {resolvedDigest !== null && <code title={resolvedDigest}>{shortDigest(resolvedDigest)}</code>}
      {endedAt !== null && (
        <div>
          <Time at={endedAt} />
        </div>
      )}
      {release !== null && <code class="release">{release}</code>}
    </>
  )
}

function isNeedy({ on }: Row): boolean {
  return on.last !== null && needsLook(on.last.state)
}
