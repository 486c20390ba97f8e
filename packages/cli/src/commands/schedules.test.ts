import { keyPrefix, maintenanceQueueName, runNames, type ScheduleName } from '@slipway/core'
import { createJobEnds } from '@slipway/store'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Desk, openDesk } from '../../test/desk.ts'
import { zonedTime } from '../zoned-time.ts'

let desk: Desk

beforeAll(async () => {
  desk = await openDesk()
})
beforeEach(async () => {
  await desk.redis.connection.flushall()
})
afterAll(async () => {
  await desk[Symbol.asyncDispose]()
})

/** What the worker of a host has put in place. */
async function place(
  host: string,
  name: ScheduleName,
  repeat: Readonly<Record<string, string>>,
): Promise<number> {
  const key = `${keyPrefix(host)}:${maintenanceQueueName(host)}:repeat`
  const next = Date.UTC(2026, 10, 24, 19)
  await desk.redis.connection.zadd(key, next, name)
  await desk.redis.connection.hset(`${key}:${name}`, { name: runNames[name], ...repeat })
  return next
}

describe('slipway schedules', () => {
  it('shows what is in place: when it comes next, in both times, and how it ended last', async () => {
    await place('web1', 'reconcile', { every: '300000' })
    const next = await place('web1', 'prune', { pattern: '0 3 * * *', tz: 'Asia/Shanghai' })
    await createJobEnds(desk.redis.connection, 'web1').keep(
      {
        ...{ host: 'web1', name: 'prune', startedAt: desk.now, milliseconds: 2_500, by: 'ada@desk' },
        ...{ outcome: 'problems', errorCode: null, why: 'one is left', prune: null },
      },
      null,
    )

    const { code, stdout, stderr } = await desk.slipway('schedules', '--host', 'web1')

    const [heads, prune, reconcile] = stdout.split('\n')
    expect(code).toBe(0)
    expect(heads).toMatch(/^host +job +when +next \(\S+\) +in its zone +last +outcome$/)
    expect(prune).toMatch(
      /^web1 +prune +0 3 \* \* \* Asia\/Shanghai \(!\) +\d{4}-.* problems in 2\.5 s for ada@desk: one is left$/,
    )
    expect(prune).toContain(` ${zonedTime(next, 'Asia/Shanghai')} `)
    expect(zonedTime(next, 'Asia/Shanghai')).toMatch(/ 03:00:00$/)
    expect(reconcile).toMatch(/^web1 +reconcile +every 5m +\d{4}-\S+ \S+ +- +- +-$/)
    // The configuration of this desk has no prune.
    expect(stderr).toBe('(!) The worker of web1 has another configuration than this one.\n')
  })

  it('shows what no worker has put in place', async () => {
    const { stdout, stderr } = await desk.slipway('schedules', '--host', 'web2')

    expect(stdout).toMatch(/^web2 +reconcile +every 5m +- +- +- +-$/m)
    expect(stderr).toBe('Not in place on web2: does a worker run there?\n')
  })

  it('gives JSON of every host', async () => {
    const next = await place('web1', 'reconcile', { every: '300000' })

    const { stdout } = await desk.slipway('schedules', '--json')

    const found = JSON.parse(stdout)
    expect(found.map(({ host, state }: { host: string; state: string }) => [host, state])).toEqual([
      ['local', 'missing'],
      ['web1', 'in-place'],
      ['web2', 'missing'],
    ])
    expect(found[1]).toEqual({
      ...{ host: 'web1', name: 'reconcile', repeat: { every: 300_000 }, state: 'in-place', next, last: null },
    })
  })
})
