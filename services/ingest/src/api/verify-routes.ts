import { byProject, none, verifyQuery } from './parameters.ts'
import { type ApiRoute, answer, route } from './route.ts'
import { verifications, verificationsAsked } from './verify-schemas.ts'

export const verifyRoutes: readonly ApiRoute[] = [
  route({
    method: 'GET',
    path: '/projects/{project}/verify',
    name: 'getVerifications',
    summary: 'What the last looks at the live releases of a project found, one a host',
    params: byProject,
    query: none,
    body: null,
    answers: { 200: verifications },
    refusals: [404],
    run: async ({ operations, params }) =>
      answer(200, { verifications: await operations.verifications(params.project) }),
  }),
  route({
    method: 'POST',
    path: '/projects/{project}/verify',
    name: 'verifyProject',
    summary: 'Has the workers compare the live releases of a project with their manifests',
    params: byProject,
    query: verifyQuery,
    body: null,
    answers: { 202: verificationsAsked },
    refusals: [404],
    async run({ operations, params, query, note }) {
      const requests = await operations.verify(params.project, query.quick === '1')
      note({ outcome: 'asked', project: params.project })
      return answer(202, { requests })
    },
  }),
]
