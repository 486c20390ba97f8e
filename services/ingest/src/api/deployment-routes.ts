import { byDeployment, logQuery, none } from './parameters.ts'
import { type ApiRoute, answer, route } from './route.ts'
import { asked, cancelled, deploymentWithLog, queued } from './schemas.ts'

export const deploymentRoutes: readonly ApiRoute[] = [
  route({
    method: 'GET',
    path: '/deployments/{deployment}',
    name: 'getDeployment',
    summary: 'What happened to one push on one host',
    params: byDeployment,
    query: logQuery,
    body: null,
    answers: { 200: deploymentWithLog },
    refusals: [404],
    async run({ operations, params, query }) {
      const found = await operations.deployment(params.deployment)
      const log = query.log === '1' ? { log: await operations.log(found) } : {}
      return answer(200, { ...found, ...log })
    },
  }),
  route({
    method: 'POST',
    path: '/deployments/{deployment}/cancel',
    name: 'cancelDeployment',
    summary: 'Takes a deployment back; one that is under way is asked to end',
    params: byDeployment,
    query: none,
    body: null,
    answers: { 200: cancelled, 202: asked },
    refusals: [404, 409],
    async run({ operations, params, who, note }) {
      const outcome = await operations.cancel(params.deployment, who.name)
      note({ outcome, deployments: [params.deployment] })
      return outcome === 'asked' ? answer(202, { outcome }) : answer(200, { outcome })
    },
  }),
  route({
    method: 'POST',
    path: '/deployments/{deployment}/retry',
    name: 'retryDeployment',
    summary: 'Takes up again what failed or was cancelled, as long as it is still wanted',
    params: byDeployment,
    query: none,
    body: null,
    answers: { 202: queued },
    refusals: [404, 409],
    async run({ operations, params, note }) {
      await operations.retry(params.deployment)
      note({ outcome: 'queued', deployments: [params.deployment] })
      return answer(202, { outcome: 'queued' })
    },
  }),
]
