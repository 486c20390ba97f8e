import { none } from './parameters.ts'
import {
  byPruneRequest,
  pruneAnswer,
  pruneBody,
  pruneQuery,
  prunes,
  prunesAsked,
  schedules,
} from './prune-schemas.ts'
import { type ApiRoute, answer, route } from './route.ts'

const usualCount = 5

export const pruneRoutes: readonly ApiRoute[] = [
  route({
    method: 'GET',
    path: '/schedules',
    name: 'listSchedules',
    summary: 'The jobs by the clock of every host: when they come next and how they ended last',
    params: none,
    query: none,
    body: null,
    answers: { 200: schedules },
    refusals: [],
    run: async ({ operations }) => answer(200, { schedules: await operations.schedules() }),
  }),
  route({
    method: 'GET',
    path: '/prunes',
    name: 'listPrunes',
    summary: 'What the last prunes did',
    params: none,
    query: pruneQuery,
    body: null,
    answers: { 200: prunes },
    refusals: [404],
    async run({ operations, query: { host, count } }) {
      return answer(200, { prunes: await operations.prunes(host, Number(count ?? usualCount)) })
    },
  }),
  route({
    method: 'POST',
    path: '/prunes',
    name: 'prune',
    summary: 'Has the workers delete what nobody needs, or plan it',
    params: none,
    query: none,
    body: pruneBody,
    answers: { 202: prunesAsked },
    refusals: [404],
    async run({ operations, who, body: { host, dryRun }, note }) {
      const requests = await operations.prune(host, { by: who.name, isDryRun: dryRun })
      note({ outcome: dryRun ? 'plan asked' : 'prune asked' })
      return answer(202, { requests })
    },
  }),
  route({
    method: 'GET',
    path: '/prunes/{host}/{request}',
    name: 'getPruneAnswer',
    summary: 'What the worker of a host answered to a request to prune',
    params: byPruneRequest,
    query: none,
    body: null,
    answers: { 200: pruneAnswer },
    refusals: [404],
    run: async ({ operations, params: { host, request } }) =>
      answer(200, await operations.pruneAnswer(host, request)),
  }),
]
