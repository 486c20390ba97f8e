import { createHash } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { captureLog } from '../../test/captured-log.ts'
import { operationsWithoutRedis } from '../../test/operations.ts'
import { createMetrics } from '../metrics/metrics.ts'
import type { Operations } from '../ops/operations.ts'
import { createOpsApp } from '../ops-app.ts'

const token = 'viewer-token-77ac03'
const hash = `sha256:${createHash('sha256').update(token).digest('hex')}`

let app: FastifyInstance
let operations: Operations
let refreshed: number

beforeEach(async () => {
  refreshed = 0
  operations = operationsWithoutRedis()
  const refresh = async () => {
    refreshed += 1
  }
  const { registry } = createMetrics({ ofProcess: true })
  app = await createOpsApp({
    ...{ log: captureLog().log, clock: Date, queues: [], operations },
    tokens: [{ name: 'prometheus', role: 'viewer', hash }],
    metrics: { registry, refresh },
  })
})
afterEach(async () => {
  await app.close()
  await operations.close()
})

const ask = (headers: Record<string, string> = {}) => app.inject({ url: '/metrics', headers })

it('tells the figures to who brings a token, in the text format of Prometheus', async () => {
  const answer = await ask({ authorization: `Bearer ${token}` })

  expect(answer.statusCode).toBe(200)
  expect(answer.headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/)
  expect(answer.body).toContain('# TYPE slipway_webhook_calls_total counter')
  expect(answer.body).toMatch(/^process_resident_memory_bytes \d+$/m)
  expect(refreshed).toBe(1)
})

it.each([{}, { authorization: 'Bearer wrong' }, { authorization: 'Basic eDp5' }])(
  'tells nobody else: %j',
  async (headers) => {
    const answer = await ask(headers)

    expect(answer.statusCode).toBe(401)
    expect(answer.headers['www-authenticate']).toContain('Bearer')
    expect(answer.body).not.toContain('slipway_')
    expect(refreshed).toBe(0)
  },
)
