import { expect, it } from 'vitest'
import { schedulesOf } from './schedule.ts'

const schedules = { poll: { every: 10_000 }, reconcile: { every: 300_000 }, prune: { cron: '0 3 * * *' } }

it.each([
  ['no project polls', {}, false],
  ['a project of it polls', { shop: { hosts: ['web1'], poll: { every: 60_000 } } }, true],
  [
    'it is the first host of one that polls',
    { shop: { hosts: ['web1', 'web2'], poll: { every: 60_000 } } },
    true,
  ],
  ['another host polls for it', { shop: { hosts: ['web2', 'web1'], poll: { every: 60_000 } } }, false],
  ['its project does not poll', { shop: { hosts: ['web1'] } }, false],
])('a host polls only where it has to: %s', (_what, projects, polls) => {
  const found = schedulesOf({ schedules, projects }, 'web1')

  expect(Object.keys(found).toSorted()).toEqual(
    polls ? ['poll', 'prune', 'reconcile'] : ['prune', 'reconcile'],
  )
})
