import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { answerRuns, pruneRecord } from '../../test/answer-runs.ts'
import { type Desk, openDesk } from '../../test/desk.ts'

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

describe('slipway run', () => {
  it('has a job done on every host, and waits for it', async () => {
    const asked = ['local', 'web1', 'web2'].map((host) => answerRuns(desk, host))

    const ended = await desk.slipway('run', 'verify')

    expect(ended).toEqual({
      code: 0,
      stdout: ['local', 'web1', 'web2'].map((host) => `verify on ${host}: done (1.5 s)\n`).join(''),
      stderr: '',
    })
    expect(asked.flat().map(({ name }) => name)).toEqual(['verify', 'verify', 'verify'])
  })

  it('says what a prune freed', async () => {
    answerRuns(desk, 'web1', { prune: pruneRecord('web1') })

    const { stdout } = await desk.slipway('run', 'prune', '--host', 'web1')

    expect(stdout).toBe('prune on web1: done (1.5 s, 1.4GB freed)\n')
  })

  it('ends with exit code 1 when something needs a person', async () => {
    answerRuns(desk, 'web1', { outcome: 'problems', why: 'not as deployed: shop' })

    const { code, stdout, stderr } = await desk.slipway('run', 'verify', '--host', 'web1')

    expect([code, stdout, stderr]).toEqual([
      1,
      'verify on web1: problems (1.5 s)\n',
      'web1: not as deployed: shop\n',
    ])
  })

  it('asks only, with --no-wait', async () => {
    const { code, stdout } = await desk.slipway('run', 'reconcile', '--host', 'web1', '--no-wait')

    expect(code).toBe(0)
    expect(stdout).toMatch(/^reconcile on web1: asked \(r[0-9a-f]{16}\)\n$/)
    expect(await desk.redis.connection.llen('slipway:{web1}:maintenance-web1:wait')).toBe(1)
  })

  it.each([
    [[], 'give one job: poll, prune, reconcile, verify.'],
    [['backup'], 'give one job: poll, prune, reconcile, verify.'],
    [['prune', 'verify'], 'give one job'],
    [['prune', '--host', 'web9'], 'has no host "web9"'],
    [['poll'], 'no host has anything to do for poll'],
  ])('refuses %j', async (args, said) => {
    const { code, stderr } = await desk.slipway('run', ...args)

    expect(code).toBe(2)
    expect(stderr).toContain(said)
  })
})
