import { hostname } from 'node:os'
import type { RunEnd } from '@slipway/store'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
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

async function begun(): Promise<string> {
  const [id = ''] = await desk.deploy('blog', '--tag', 'v7')
  await desk.storeOf('local').take('blog')
  await desk.storeOf('local').appendLog(id, ['[resolve] begins'])
  return id
}

/** A worker that hears of the request, tells of it and ends the deployment. */
async function endWhenAsked(id: string, end: RunEnd): Promise<void> {
  const store = desk.storeOf('local')
  await vi.waitFor(async () => (await store.cancelRequest(id)) ?? expect.fail(), { timeout: 10_000 })
  await store.appendLog(id, [`outcome: ${end.outcome}`])
  await store.finish(id, end)
}

describe('slipway cancel', () => {
  it('ends a deployment that waits, and records who took it back', async () => {
    const [id = ''] = await desk.deploy('blog', '--tag', 'v7')

    const { code, stdout, stderr } = await desk.slipway('cancel', id, '--wait')

    expect({ code, stdout, stderr }).toEqual({
      code: 0,
      stdout: `${id} is cancelled: it had not begun.\n`,
      stderr: '',
    })
    expect(await desk.storeOf('local').deployment(id)).toMatchObject({
      state: 'cancelled',
      cancel: { by: expect.stringMatching(`.@${hostname()}$`), at: desk.now },
    })
  })

  it('asks one that is under way and does not wait for it', async () => {
    const id = await begun()

    const { code, stdout } = await desk.slipway('cancel', id)

    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: `${id} was asked to end; the worker of local hears of it within a second.\n`,
    })
    expect(await desk.storeOf('local').deployment(id)).toMatchObject({ state: 'resolve' })
  })

  it('takes back the part of one host and leaves the others', async () => {
    const [first = '', second = ''] = await desk.deploy('shop')

    await desk.slipway('cancel', second)

    expect((await desk.storeOf('web1').deployment(first))?.state).toBe('queued')
    expect((await desk.storeOf('web2').deployment(second))?.state).toBe('cancelled')
  })

  const wentBack = 'Cancelled by ada@desk. Went back to 1-a; the database was not changed back.'
  const switched = [{ step: 'switch', milliseconds: 1, ok: true }]
  it.each<[what: string, end: RunEnd, code: number, said: string]>([
    ['before the switch', { outcome: 'cancelled' }, 0, 'is cancelled: it was not switched to.'],
    [
      'behind the switch',
      { outcome: 'cancelled', timings: switched, why: wentBack },
      0,
      `is cancelled: it was switched to already, so it went back. ${wentBack}`,
    ],
    [
      'too late',
      { outcome: 'live', timings: switched },
      1,
      'is not cancelled: it was live before the request reached its worker. `slipway rollback blog` leaves it.',
    ],
    [
      'when it failed by itself',
      { outcome: 'rolled-back', why: 'answered 503' },
      1,
      'is not cancelled: it ended as rolled-back (answered 503).',
    ],
    [
      'when going back failed',
      { outcome: 'needs-operator', why: 'Going back failed too' },
      1,
      'is not cancelled: it ended as needs-operator (Going back failed too).',
    ],
  ])('tells on --wait what came of asking %s', async (_what, end, code, said) => {
    const id = await begun()
    const worker = endWhenAsked(id, end)

    const cancelled = await desk.slipway('cancel', id, '--wait')

    await worker
    expect(cancelled.code).toBe(code)
    expect(cancelled.stdout.split('\n').slice(1)).toEqual([`outcome: ${end.outcome}`, `${id} ${said}`, ''])
  })

  it('refuses what has ended', async () => {
    const id = await begun()
    await desk.storeOf('local').finish(id, { outcome: 'live' })

    const { code, stdout, stderr } = await desk.slipway('cancel', id)

    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toContain(`DEPLOYMENT_ENDED: The deployment ${id} of blog has ended as live.`)
  })

  it('knows no other deployment', async () => {
    const { code, stderr } = await desk.slipway('cancel', 'd0')

    expect(code).toBe(1)
    expect(stderr).toContain('DEPLOYMENT_UNKNOWN: No host of the configuration knows the deployment "d0".')
  })
})
