import { SlipwayError } from '@slipway/core'
import { createRedisServer, type RedisServer } from '@slipway/lab'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openQueueRig } from '../test/queue-rig.ts'
import { check, earlier } from '../test/rig.ts'

let server: RedisServer

beforeAll(async () => {
  server = await createRedisServer()
  await server.start()
})
afterAll(() => server.stop())

it.each([
  ['live', {}],
  ['rolled-back', { live: earlier, project: { check }, answers: [500, 500, 200] }],
  ['failed', { project: { source: { path: '/nowhere' } } }],
] as const)('the end of a deployment is told once: %s', async (outcome, options) => {
  const rig = await openQueueRig(server.url, options)
  await rig.start()

  const { deployment } = await rig.push('latest')
  await rig.untilState(deployment, outcome)

  expect(rig.ends).toEqual([{ deployment, end: expect.objectContaining({ outcome }) }])
})

it('an attempt that is followed by another is no end', async () => {
  const rig = await openQueueRig(server.url)
  const { resolve } = rig.registry
  let asked = 0
  Object.assign(rig.registry, {
    resolve(request: Parameters<typeof resolve>[0]) {
      asked += 1
      if (asked === 1) throw new SlipwayError('REGISTRY_UNAVAILABLE', 'It is away.')
      return resolve(request)
    },
  })
  await rig.start()

  const { deployment } = await rig.push('latest')
  await rig.untilState(deployment, 'live')

  expect(asked).toBeGreaterThan(1)
  expect(rig.ends).toEqual([{ deployment, end: expect.objectContaining({ outcome: 'live' }) }])
})
