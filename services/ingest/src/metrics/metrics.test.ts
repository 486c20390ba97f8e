import { expect, it } from 'vitest'
import type { AnsweredCall } from '../answered-call.ts'
import { createMetrics } from './metrics.ts'

const call: AnsweredCall = {
  ...{ hook: 'main', outcome: 'queued', reason: null, peer: '192.0.2.1', status: 202, milliseconds: 4 },
}

it('counts calls by hook, outcome and reason', async () => {
  const { called, registry } = createMetrics()
  called(call)
  called(call)
  called({ ...call, outcome: 'rejected', reason: 'proof-wrong' })

  const text = await registry.metrics()

  expect(text).toContain('slipway_webhook_calls_total{hook="main",outcome="queued",reason=""} 2')
  expect(text).toContain('slipway_webhook_calls_total{hook="main",outcome="rejected",reason="proof-wrong"} 1')
  expect(text).toContain('slipway_webhook_duration_seconds_bucket{le="0.005"} 3')
  expect(text).toContain('slipway_webhook_duration_seconds_bucket{le="0.0025"} 0')
})

it('has one series for all names that are no hook, whoever calls', async () => {
  const { called, registry } = createMetrics()
  for (let caller = 0; caller < 1_000; caller += 1)
    called({ ...call, hook: null, outcome: 'rejected', reason: 'unknown-hook', peer: `192.0.2.${caller}` })

  const text = await registry.metrics()

  const series = text.split('\n').filter((line) => line.startsWith('slipway_webhook_calls_total{'))
  expect(series).toEqual([
    'slipway_webhook_calls_total{hook="(unknown)",outcome="rejected",reason="unknown-hook"} 1000',
  ])
})

it('belongs to one app', async () => {
  const [one, other] = [createMetrics(), createMetrics()]
  one.called(call)

  expect(await other.registry.metrics()).not.toContain('slipway_webhook_calls_total{')
})
