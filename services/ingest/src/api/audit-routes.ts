import { readDuration } from '@slipway/core'
import { audit, auditQuery } from './audit-schemas.ts'
import { none } from './parameters.ts'
import { type ApiRoute, answer, route } from './route.ts'

const day = 86_400_000
const usualLines = 200

export const auditRoutes: readonly ApiRoute[] = [
  route({
    method: 'GET',
    path: '/audit',
    name: 'getAudit',
    summary: 'The calls of webhooks that were refused, and why',
    params: none,
    query: auditQuery,
    body: null,
    answers: { 200: audit },
    refusals: [],
    async run({ operations, now, query }) {
      const { hook, since, limit } = query
      const back = since === undefined ? day : (readDuration(since) ?? day)
      const most = limit === undefined ? usualLines : Number(limit)
      return answer(200, { refused: await operations.refusedCalls({ since: now - back, hook, most }) })
    },
  }),
]
