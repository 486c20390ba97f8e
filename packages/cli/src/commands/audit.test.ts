import { createRefusedCallsStore, type RefusedCalls } from '@slipway/store'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { type Desk, openDesk } from '../../test/desk.ts'

let desk: Desk
let calls: RefusedCalls[]

beforeAll(async () => {
  desk = await openDesk()
})
beforeEach(async () => {
  await desk.redis.connection.flushall()
  // Lines are numbered by the clock of Redis.
  desk.now = Math.floor(Date.now() / 1_000) * 1_000
  const common = { source: 'acr', peer: '192.0.2.1', status: 404, count: 12 }
  calls = [
    { ...common, at: desk.now - 7_200_000, hook: 'main', reason: 'proof-wrong' },
    { ...common, at: desk.now - 60_000, hook: null, source: null, reason: 'unknown-hook', peer: null },
  ]
  await createRefusedCallsStore(desk.redis.connection, { now: () => desk.now }).write(calls)
})
afterAll(() => desk[Symbol.asyncDispose]())

const second = (time: number) => `${new Date(time).toISOString().slice(0, 19).replace('T', ' ')}Z`

it('shows the calls that were refused, the newest last', async () => {
  const { code, stdout, stderr } = await desk.slipway('audit')

  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout.split('\n')).toEqual([
    'TIME                  CALLS  HOOK        REASON        STATUS  FROM',
    `${second(desk.now - 7_200_000)}  12     main (acr)  proof-wrong   404     192.0.2.1`,
    `${second(desk.now - 60_000)}  12     -           unknown-hook  404     several`,
    '',
  ])
})

it.each([
  [['--since', '1h'], [1]],
  [['--hook', 'main'], [0]],
  [[], [1, 0]],
])('tells the same as JSON, the newest first: %j', async (args, found) => {
  const { stdout } = await desk.slipway('audit', '--json', ...args)

  expect(JSON.parse(stdout)).toEqual(found.map((at) => calls[at]))
})

it('says so when there is nothing to show', async () => {
  expect((await desk.slipway('audit', '--since', '10s')).stderr).toBe('No call was refused in that time.\n')
  expect((await desk.slipway('audit', '--hook', 'nobody')).stderr).toBe(
    'The configuration has no hook "nobody".\n',
  )
})

it('takes no time that is none', async () => {
  const { code, stderr } = await desk.slipway('audit', '--since', 'yesterday')

  expect(code).toBe(2)
  expect(stderr).toContain('"yesterday" is no --since')
})
