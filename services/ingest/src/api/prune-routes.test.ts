import { type PruneRecord, pruneKinds } from '@slipway/core'
import { createJobEnds, createPruneStore } from '@slipway/store'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type ApiRig, startApi } from '../../test/api-rig.ts'
import { pruneAnswer, prunes, prunesAsked, schedules } from './prune-schemas.ts'

let api: ApiRig

beforeEach(async () => {
  api = await startApi()
})
afterEach(async () => {
  await api[Symbol.asyncDispose]()
})

const counts = Object.fromEntries(
  pruneKinds.map((kind) => [kind, { kept: 0, deleted: 1, failed: 0 }]),
) as PruneRecord['counts']
const image = {
  kind: 'image',
  id: 'sha256:a',
  name: 'old:1',
  project: null,
  bytes: 9,
  keep: false,
  why: 'unused',
} as const
const record: PruneRecord = {
  ...{ host: 'web1', startedAt: 5, milliseconds: 9, cause: 'command', by: 'ada', isDryRun: false },
  ...{ outcome: 'done', errorCode: null, why: null, counts, freedBytes: 9 },
  ...{ deleted: [{ ...image, names: ['old:1'] }], deletedMore: 0, kept: [], keptMore: 0, problems: [] },
  ...{ before: [], after: [], advice: null },
}
const request = 'r0123456789abcdef'

it('asks the worker of each host, or of one, to prune or to plan it', async () => {
  const all = prunesAsked.parse((await api.ask('POST', '/prunes')).json())
  const one = await api.ask('POST', '/prunes', { body: { host: 'web2', dryRun: true } })

  expect(all.requests.map(({ host }) => host)).toEqual(['local', 'web1', 'web2'])
  expect(one.statusCode).toBe(202)
  const [asked] = prunesAsked.parse(one.json()).requests
  const data = await api.redis.hget(`slipway:{web2}:maintenance-web2:${asked?.request}`, 'data')
  expect(JSON.parse(data ?? '')).toEqual({ request: asked?.request, by: 'ada', isDryRun: true })
})

it('tells what became of such a request', async () => {
  const { requests } = prunesAsked.parse(
    (await api.ask('POST', '/prunes', { body: { host: 'web1' } })).json(),
  )
  const path = `/prunes/web1/${requests[0]?.request}`
  const before = pruneAnswer.parse((await api.ask('GET', path)).json())
  const end = {
    host: 'web1',
    name: 'prune',
    startedAt: 5,
    milliseconds: 9,
    by: 'ada',
    outcome: 'done',
  } as const
  const answer = { ...end, errorCode: null, why: null, prune: record }
  await createJobEnds(api.redis, 'web1').keep(answer, requests[0]?.request ?? null)

  const after = pruneAnswer.parse((await api.ask('GET', path)).json())

  expect(before).toEqual({ state: 'waiting', answer: null })
  expect(after).toEqual({ state: 'waiting', answer })
})

it('shows what the last prunes did', async () => {
  const store = createPruneStore(api.redis, 'web1')
  for (const startedAt of [1, 2, 3]) await store.keep({ ...record, startedAt })

  const all = prunes.parse((await api.ask('GET', '/prunes')).json())
  const two = prunes.parse((await api.ask('GET', '/prunes?host=web1&count=2')).json())
  const none = prunes.parse((await api.ask('GET', '/prunes?host=web2')).json())

  expect(all.prunes.map(({ startedAt }) => startedAt)).toEqual([3, 2, 1])
  expect(two.prunes).toEqual([
    { ...record, startedAt: 3 },
    { ...record, startedAt: 2 },
  ])
  expect(none.prunes).toEqual([])
})

it('shows the jobs by the clock of every host', async () => {
  const found = schedules.parse((await api.ask('GET', '/schedules')).json())

  expect(found.schedules.map(({ host, name, state }) => [host, name, state])).toEqual([
    ['local', 'reconcile', 'missing'],
    ['web1', 'reconcile', 'missing'],
    ['web2', 'reconcile', 'missing'],
  ])
})

it('lets a viewer see, not ask', async () => {
  const token = 'viewer-token-77ac03'

  for (const path of ['/prunes', '/schedules', `/prunes/web1/${request}`])
    expect((await api.ask('GET', path, { token })).statusCode).toBe(200)
  expect((await api.ask('POST', '/prunes', { token })).statusCode).toBe(403)
})

it.each([
  ['GET', '/prunes?host=web9', 404, undefined],
  ['GET', `/prunes/web9/${request}`, 404, undefined],
  ['GET', '/prunes/web1/x:want:shop', 404, undefined],
  ['GET', '/prunes?count=51', 422, undefined],
  ['POST', '/prunes', 404, { host: 'web9' }],
  ['POST', '/prunes', 422, { volumes: true }],
] as const)('%s %s is refused with %i', async (method, path, status, body) => {
  const answer = await api.ask(method, path, body === undefined ? {} : { body })

  expect(answer.statusCode).toBe(status)
})
