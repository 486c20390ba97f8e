/** What the console shows; the part of its address after the `#`. */
export type Route =
  | { readonly page: 'overview' }
  | { readonly page: 'project'; readonly project: string }
  | { readonly page: 'deployment'; readonly deployment: string }
  | { readonly page: 'schedules' }
  /** Of all hosts, or of one. */
  | { readonly page: 'prunes'; readonly host: string | null }
  | { readonly page: 'prune'; readonly host: string; readonly startedAt: number }
  | { readonly page: 'refused'; readonly hook: string | null; readonly since: string }
  | { readonly page: 'unknown' }

/** How far back the refused calls go unless another time is chosen. */
export const usualSince = '1d'

/** Reads `location.hash`. */
export function readRoute(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#/, '').split('?', 2)
  const parts = path.split('/').filter(Boolean).map(decoded)
  const [page, first, second] = parts
  if (parts.includes(null)) return { page: 'unknown' }
  if (page === undefined) return { page: 'overview' }
  if (page === 'projects' && first && parts.length === 2) return { page: 'project', project: first }
  if (page === 'deployments' && first && parts.length === 2) return { page: 'deployment', deployment: first }
  if (page === 'schedules' && parts.length === 1) return { page }
  if (page === 'prunes' && parts.length <= 2) return { page, host: first ?? null }
  if (page === 'prunes' && first && /^\d{1,15}$/.test(second ?? '') && parts.length === 3)
    return { page: 'prune', host: first, startedAt: Number(second) }
  if (page === 'refused' && parts.length === 1) {
    const asked = new URLSearchParams(query)
    return { page, hook: asked.get('hook') || null, since: asked.get('since') || usualSince }
  }
  return { page: 'unknown' }
}

/** What leads to a page; `readRoute` reads the same from it. */
export function hrefOf(route: Exclude<Route, { readonly page: 'unknown' }>): string {
  switch (route.page) {
    case 'overview':
      return '#/'
    case 'project':
      return `#/projects/${encodeURIComponent(route.project)}`
    case 'deployment':
      return `#/deployments/${encodeURIComponent(route.deployment)}`
    case 'schedules':
      return '#/schedules'
    case 'prunes':
      return route.host === null ? '#/prunes' : `#/prunes/${encodeURIComponent(route.host)}`
    case 'prune':
      return `#/prunes/${encodeURIComponent(route.host)}/${route.startedAt}`
    case 'refused': {
      const query = new URLSearchParams()
      if (route.hook !== null) query.set('hook', route.hook)
      if (route.since !== usualSince) query.set('since', route.since)
      return query.size === 0 ? '#/refused' : `#/refused?${query}`
    }
  }
}

function decoded(part: string): string | null {
  try {
    return decodeURIComponent(part)
  } catch {
    return null
  }
}
