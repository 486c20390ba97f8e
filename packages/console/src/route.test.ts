import { expect, it } from 'vitest'
import { hrefOf, type Route, readRoute } from './route.ts'

const pages: readonly Exclude<Route, { page: 'unknown' }>[] = [
  { page: 'overview' },
  { page: 'project', project: 'shop' },
  { page: 'project', project: 'a/b?c#d%' },
  { page: 'deployment', deployment: 'd0k1' },
  { page: 'schedules' },
  { page: 'prunes', host: null },
  { page: 'prunes', host: 'web1' },
  { page: 'prune', host: 'web1', startedAt: 1_795_894_000_000 },
  { page: 'refused', hook: null, since: '1d' },
  { page: 'refused', hook: 'acr-main', since: '7d' },
]

it.each(pages)('%j is read back from what leads to it', (route) => {
  expect(readRoute(hrefOf(route))).toEqual(route)
})

it.each(['', '#', '#/', '/'])('%j is the overview', (hash) => {
  expect(readRoute(hash)).toEqual({ page: 'overview' })
})

it.each(['#/nothing', '#/projects', '#/projects/a/b', '#/projects/%', '#/prunes/web1/soon', '#/schedules/x'])(
  '%s leads nowhere',
  (hash) => {
    expect(readRoute(hash)).toEqual({ page: 'unknown' })
  },
)
