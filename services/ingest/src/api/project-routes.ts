import { byProject, none } from './parameters.ts'
import { type ApiRoute, answer, route } from './route.ts'
import { overview, projectDetail, rollbackBody, rollingBack } from './schemas.ts'

export const projectRoutes: readonly ApiRoute[] = [
  route({
    method: 'GET',
    path: '/projects',
    name: 'listProjects',
    summary: 'Every project on every host: what is live, what came last, what holds deploys back',
    params: none,
    query: none,
    body: null,
    answers: { 200: overview },
    refusals: [],
    run: async ({ operations }) => answer(200, await operations.overview()),
  }),
  route({
    method: 'GET',
    path: '/projects/{project}',
    name: 'getProject',
    summary: 'One project, with its newest deployments',
    params: byProject,
    query: none,
    body: null,
    answers: { 200: projectDetail },
    refusals: [404],
    run: async ({ operations, params }) => answer(200, await operations.project(params.project)),
  }),
  route({
    method: 'POST',
    path: '/projects/{project}/rollback',
    name: 'rollBackProject',
    summary: 'Goes back on every host, each to the good release before its live one unless another is named',
    params: byProject,
    query: none,
    body: rollbackBody,
    answers: { 202: rollingBack },
    refusals: [404],
    async run({ operations, params, body, who, note }) {
      const { release = null, digest = null, host, reason } = body
      const terms = { by: who.name, back: { release, digest }, host, reason }
      const accepted = await operations.rollBack(params.project, terms)
      const deployments = accepted.map(({ deployment: id, project, host: on, seq }) => ({
        id,
        project,
        host: on,
        seq,
      }))
      note({ outcome: 'queued', project: params.project, deployments: deployments.map(({ id }) => id) })
      return answer(202, { deployments })
    },
  }),
]
