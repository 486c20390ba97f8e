import type { HeldFreeze } from '@slipway/store'
import type { z } from 'zod'
import { Unprocessable } from './errors.ts'
import { byProject, none } from './parameters.ts'
import { type ApiCall, type ApiRoute, answer, route } from './route.ts'
import { freezeBody, freezeList, heldFreeze, unfrozen, untilOf } from './schemas.ts'

export const freezeRoutes: readonly ApiRoute[] = [
  route({
    method: 'GET',
    path: '/freezes',
    name: 'listFreezes',
    summary: 'Every freeze that holds back now',
    params: none,
    query: none,
    body: null,
    answers: { 200: freezeList },
    refusals: [],
    run: async ({ operations }) => answer(200, { freezes: await operations.freezes() }),
  }),
  route({
    method: 'PUT',
    path: '/freeze',
    name: 'freezeEverything',
    summary: 'Holds deploys of every project back',
    params: none,
    query: none,
    body: freezeBody,
    answers: { 200: heldFreeze },
    refusals: [],
    run: async (call) => answer(200, await freeze(call, null)),
  }),
  route({
    method: 'DELETE',
    path: '/freeze',
    name: 'unfreezeEverything',
    summary: 'Ends the freeze of everything; projects that are frozen by themselves stay so',
    params: none,
    query: none,
    body: null,
    answers: { 200: unfrozen },
    refusals: [],
    run: async (call) => answer(200, await unfreeze(call, null)),
  }),
  route({
    method: 'PUT',
    path: '/projects/{project}/freeze',
    name: 'freezeProject',
    summary: 'Holds deploys of one project back',
    params: byProject,
    query: none,
    body: freezeBody,
    answers: { 200: heldFreeze },
    refusals: [404],
    run: async (call) => answer(200, await freeze(call, call.params.project)),
  }),
  route({
    method: 'DELETE',
    path: '/projects/{project}/freeze',
    name: 'unfreezeProject',
    summary: 'Ends the freeze of one project; a freeze of everything stays',
    params: byProject,
    query: none,
    body: null,
    answers: { 200: unfrozen },
    refusals: [404],
    run: async (call) => answer(200, await unfreeze(call, call.params.project)),
  }),
]

type Terms = z.output<typeof freezeBody>

async function freeze(
  { operations, body, now, who, note }: ApiCall<unknown, unknown, Terms>,
  project: string | null,
): Promise<HeldFreeze> {
  const until = untilOf(body, now)
  if (until === undefined) {
    throw new Unprocessable(
      'body.until: write a time that is ahead, with its zone, or a duration, such as 2h',
    )
  }
  const made = await operations.freeze(project, { by: who.name, until, reason: body.reason })
  note({ outcome: 'frozen', project: project ?? '*' })
  return made
}

async function unfreeze({ operations, note }: ApiCall<unknown, unknown, null>, project: string | null) {
  const ended = await operations.unfreeze(project)
  note({ outcome: ended.wasFrozen ? 'unfrozen' : 'was not frozen', project: project ?? '*' })
  return ended
}
