import { byProject, none } from './parameters.ts'
import { type ApiRoute, answer, route } from './route.ts'
import { overview, projectDetail } from './schemas.ts'

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
]
