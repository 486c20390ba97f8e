import { SlipwayError } from '@slipway/core'
import type { PushStore } from '@slipway/store'
import type { FastifyInstance } from 'fastify'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { captureLog } from '../../test/captured-log.ts'
import type { AnsweredCall } from '../answered-call.ts'
import { createListener } from '../listener.ts'
import type { Verdict } from '../receive.ts'
import { refusal } from '../refusals.ts'
import { webhookRoutes } from './webhooks.ts'

const known = { hook: 'main', images: [], matches: [], why: 'as the test says' }
const want = { project: 'shop', image: 'registry.example.com/acme/shop', tag: 'latest', digest: null }
const wanted = ['web1', 'web2'].map((host) => ({ ...want, host }))
const deploy: Verdict = { ...known, outcome: 'deploy', status: 202, source: 'acr', wanted }

let app: FastifyInstance
let verdict: Verdict | Promise<Verdict>
let accept: PushStore['accept']
let calls: AnsweredCall[]
let captured: ReturnType<typeof captureLog>

beforeEach(() => {
  calls = []
  verdict = deploy
  accept = async () => taken(false, false)
  captured = captureLog()
  app = createListener({ log: captured.log, bodyLimit: 1_000 })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
  webhookRoutes(app, {
    receive: () => verdict,
    store: { accept: (...args) => accept(...args) },
    clock: Date,
    onCall: (call) => void calls.push(call),
  })
})
afterEach(() => app.close())

function taken(...repeated: boolean[]) {
  return wanted.map((one, at) => ({
    ...one,
    seq: at,
    deployment: `d${at}`,
    ...(repeated[at] ? ({ repeated: true } as const) : {}),
  }))
}

const call = (payload = '{}') =>
  app.inject({
    method: 'POST',
    url: '/webhooks/main?token=a-canary-secret-0123',
    headers: { 'content-type': 'application/json' },
    payload,
    remoteAddress: '192.0.2.7',
  })

/** What was told of the one call. */
function told() {
  expect(calls).toHaveLength(1)
  const [{ milliseconds, ...one }] = calls as [AnsweredCall]
  expect(milliseconds).toBeGreaterThan(0)
  return one
}

it('tells of a push that was queued', async () => {
  const answer = await call()

  expect(answer.statusCode).toBe(202)
  expect(answer.json().deployments).toHaveLength(2)
  expect(told()).toEqual({ hook: 'main', outcome: 'queued', reason: null, peer: '192.0.2.7', status: 202 })
})

it('waits for a proof that takes its time', async () => {
  verdict = new Promise((resolve) => setTimeout(resolve, 5, deploy))

  expect((await call()).statusCode).toBe(202)
})

it('answers a call that was taken before with success, and logs it', async () => {
  accept = async () => taken(true, true)

  const answer = await call()

  expect(answer.statusCode).toBe(200)
  expect(answer.json()).toEqual({ outcome: 'ignored', why: 'this call was taken before' })
  expect(told()).toMatchObject({ outcome: 'repeated', reason: null, status: 200 })
  expect(captured.requests()).toMatchObject([
    { outcome: 'repeated', why: 'this call was taken before', deployments: ['d0', 'd1'] },
  ])
})

it('names what is new of a call that was taken in part', async () => {
  accept = async () => taken(true, false)

  const answer = await call()

  expect(answer.statusCode).toBe(202)
  expect(answer.json()).toEqual({
    outcome: 'queued',
    deployments: [{ id: 'd1', project: 'shop', host: 'web2', seq: 1 }],
  })
})

it('tells why a call was refused', async () => {
  verdict = { ...known, outcome: 'reject', ...refusal('proof-wrong') }

  expect((await call()).statusCode).toBe(404)
  expect(told()).toEqual({
    ...{ hook: 'main', outcome: 'rejected', reason: 'proof-wrong', peer: '192.0.2.7', status: 404 },
  })
  expect(captured.requests()).toMatchObject([{ outcome: 'rejected', reason: 'proof-wrong' }])
})

it('says when to come again', async () => {
  verdict = { ...known, outcome: 'reject', ...refusal('rate-limited', 12) }

  expect((await call()).headers['retry-after']).toBe('12')
})

it('tells of what the listener refuses before anything is known of it', async () => {
  expect((await call('x'.repeat(1_001))).statusCode).toBe(413)

  expect(told()).toMatchObject({ hook: null, outcome: 'rejected', reason: 'too-large' })
})

it('tells of a call that could not be taken, which is no refusal', async () => {
  accept = () => Promise.reject(new SlipwayError('REDIS_UNAVAILABLE', 'away'))

  expect((await call()).statusCode).toBe(503)
  expect(told()).toMatchObject({ hook: 'main', outcome: 'failed', reason: null, status: 503 })
})

it('tells nothing of other paths', async () => {
  await app.inject({ method: 'POST', url: '/elsewhere', payload: '{}' })
  await app.inject({ method: 'GET', url: '/webhooks/main' })

  expect(calls).toEqual([])
})
