import { createRefusedCallsStore, type RefusedCalls } from '@slipway/store'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { type ApiRig, startApi, tokens } from '../../test/api-rig.ts'
import { audit } from './audit-schemas.ts'

let api: ApiRig
let calls: RefusedCalls[]

beforeAll(async () => {
  api = await startApi()
})
beforeEach(async () => {
  await api.redis.flushall()
  // Lines are numbered by the clock of Redis.
  api.now = Date.now()
  const common = { source: 'acr', peer: '192.0.2.1', status: 404, count: 2 }
  calls = [
    { ...common, at: api.now - 7_200_000, hook: 'main', reason: 'proof-wrong' },
    { ...common, at: api.now - 60_000, hook: null, source: null, reason: 'unknown-hook', peer: null },
  ]
  await createRefusedCallsStore(api.redis, { now: () => api.now }).write(calls)
})
afterAll(() => api[Symbol.asyncDispose]())

it.each([
  ['', [1, 0]],
  ['?since=1h', [1]],
  ['?hook=main', [0]],
  ['?limit=1', [1]],
])('tells which calls were refused: %s', async (query, found) => {
  const answer = await api.ask('GET', `/audit${query}`, { token: tokens.viewer })

  expect(answer.statusCode).toBe(200)
  expect(audit.parse(answer.json()).refused).toEqual(found.map((at) => calls[at]))
})

it.each(['?since=yesterday', '?hook=../etc', '?limit=0', '?limit=5000', '?more=1'])(
  'takes no other question: %s',
  async (query) => {
    expect((await api.ask('GET', `/audit${query}`)).statusCode).toBe(422)
  },
)

it('tells nobody who does not log in', async () => {
  expect((await api.ask('GET', '/audit', { token: null })).statusCode).toBe(401)
})
