import type { Verification } from '@slipway/core'
import { createDriftStore } from '@slipway/store'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type ApiRig, startApi } from '../../test/api-rig.ts'
import { verifications, verificationsAsked } from './verify-schemas.ts'

let api: ApiRig

beforeEach(async () => {
  api = await startApi()
})
afterEach(async () => {
  await api[Symbol.asyncDispose]()
})

const counts = { added: 1, changed: 0, missing: 0 }
const lists = { added: ['shell.php'], changed: [], missing: [], counts }
const report = { release: '1-abc', digest: 'sha256:a', at: 5, read: 0, files: 3, ...lists }
const found: Verification = {
  ...{ project: 'shop', host: 'web1', at: 5, quick: true, strayed: null, errorCode: null, why: null },
  ...{ report, outcome: 'drift' },
}

it('asks the worker of each host of a project to look', async () => {
  const answer = await api.ask('POST', '/projects/shop/verify?quick=1')

  expect(answer.statusCode).toBe(202)
  const { requests } = verificationsAsked.parse(answer.json())
  expect(requests.map(({ host }) => host)).toEqual(['web1', 'web2'])
  for (const { host, request } of requests) {
    const data = await api.redis.hget(`slipway:{${host}}:maintenance-${host}:${request}`, 'data')
    expect(JSON.parse(data ?? '')).toEqual({ project: 'shop', quick: true, request })
  }
})

it('shows what the last looks found', async () => {
  await createDriftStore(api.redis, 'web1').keep(found, null)

  const answer = await api.ask('GET', '/projects/shop/verify')

  expect(verifications.parse(answer.json())).toEqual({ verifications: [found] })
})

it('lets a viewer see, not ask', async () => {
  const token = 'viewer-token-77ac03'

  expect((await api.ask('GET', '/projects/shop/verify', { token })).statusCode).toBe(200)
  expect((await api.ask('POST', '/projects/shop/verify', { token })).statusCode).toBe(403)
})

it.each(['GET', 'POST'] as const)('%s of a project that is not known is answered so', async (method) => {
  const answer = await api.ask(method, '/projects/wiki/verify')

  expect([answer.statusCode, answer.json().error.code]).toEqual([404, 'PROJECT_UNKNOWN'])
})
