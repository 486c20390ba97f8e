import { useEffect, useRef, useState } from 'preact/hooks'
import { DeploymentPage } from './pages/deployment.tsx'
import { OverviewPage } from './pages/overview.tsx'
import { ProjectPage } from './pages/project.tsx'
import { PrunePage } from './pages/prune.tsx'
import { PrunesPage } from './pages/prunes.tsx'
import { RefusedPage } from './pages/refused.tsx'
import { SchedulesPage } from './pages/schedules.tsx'
import { hrefOf, type Route, readRoute, usualSince } from './route.ts'

const sections = [
  { name: 'Projects', to: { page: 'overview' }, pages: ['overview', 'project', 'deployment'] },
  { name: 'Schedules', to: { page: 'schedules' }, pages: ['schedules'] },
  { name: 'Prunes', to: { page: 'prunes', host: null }, pages: ['prunes', 'prune'] },
  { name: 'Refused calls', to: { page: 'refused', hook: null, since: usualSince }, pages: ['refused'] },
] as const

/** The frame that every page has, and the page that the address names. */
export function App() {
  const route = useRoute()
  const main = useRef<HTMLElement>(null)
  const address = route.page === 'unknown' ? '' : hrefOf(route)
  const isFirst = useRef(true)

  // To whoever uses no mouse or does not see the page, a new page has to begin at its top.
  useEffect(() => {
    document.title = `${titleOf(route)} · slipway`
    if (!isFirst.current) {
      window.scrollTo(0, 0)
      main.current?.focus()
    }
    isFirst.current = false
  }, [address])

  return (
    <>
      <header class="bar">
        <a class="brand" href="#/">
          slipway
        </a>
        <nav aria-label="Pages">
          {sections.map(({ name, to, pages }) => (
            <a
              key={name}
              href={hrefOf(to)}
              aria-current={pages.some((page) => page === route.page) ? 'page' : undefined}
            >
              {name}
            </a>
          ))}
        </nav>
        <nav class="aside" aria-label="Elsewhere">
          <a href="/queues">Bull Board</a>
          <a href="/logout">Log out</a>
        </nav>
      </header>
      <main ref={main} tabIndex={-1}>
        <Page key={address} route={route} />
      </main>
    </>
  )
}

function Page({ route }: { readonly route: Route }) {
  switch (route.page) {
    case 'overview':
      return <OverviewPage />
    case 'project':
      return <ProjectPage project={route.project} />
    case 'deployment':
      return <DeploymentPage deployment={route.deployment} />
    case 'schedules':
      return <SchedulesPage />
    case 'prunes':
      return <PrunesPage host={route.host} />
    case 'prune':
      return <PrunePage host={route.host} startedAt={route.startedAt} />
    case 'refused':
      return <RefusedPage hook={route.hook} since={route.since} />
    case 'unknown':
      return (
        <>
          <h1>There is no such page</h1>
          <p>
            <a href="#/">All projects</a>
          </p>
        </>
      )
  }
}

function useRoute(): Route {
  const [hash, setHash] = useState(location.hash)
  useEffect(() => {
    const follow = () => setHash(location.hash)
    window.addEventListener('hashchange', follow)
    return () => window.removeEventListener('hashchange', follow)
  }, [])
  return readRoute(hash)
}

function titleOf(route: Route): string {
  switch (route.page) {
    case 'overview':
      return 'Projects'
    case 'project':
      return route.project
    case 'deployment':
      return route.deployment
    case 'schedules':
      return 'Schedules'
    case 'prunes':
    case 'prune':
      return route.host === null ? 'Prunes' : `Prunes of ${route.host}`
    case 'refused':
      return 'Refused calls'
    case 'unknown':
      return 'No such page'
  }
}
