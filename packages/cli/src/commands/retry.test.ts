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

async function failed(): Promise<string> {
  const [id = ''] = await desk.deploy('blog', '--tag', 'v7')
  const store = desk.storeOf('local')
  await store.take('blog')
  await store.appendLog(id, ['outcome: failed'])
  await store.finish(id, { outcome: 'failed', errorCode: 'MIGRATION_FAILED' })
  await desk.dropNudges('local')
  return id
}

describe('slipway retry', () => {
  it('puts what failed back to the queue and wakes its worker', async () => {
    const id = await failed()

    const { code, stdout, stderr } = await desk.slipway('retry', id)

    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: `${id}  blog on local\n`, stderr: '' })
    expect(await desk.storeOf('local').deployment(id)).toMatchObject({ state: 'queued', errorCode: null })
    expect(await desk.nudges('local')).toBe(1)
  })

  it('takes up what was cancelled before it began', async () => {
    const [id = ''] = await desk.deploy('blog', '--tag', 'v7')
    await desk.slipway('cancel', id)

    const { code } = await desk.slipway('retry', id)

    expect(code).toBe(0)
    expect(await desk.storeOf('local').deployment(id)).toMatchObject({ state: 'queued', cancel: null })
  })

  it.each([
    ['live', 0],
    ['failed', 1],
  ] as const)(
    'follows only what is new on --wait, and ends for %s with exit code %i',
    async (outcome, code) => {
      const id = await failed()
      const store = desk.storeOf('local')

      const retrying = desk.slipway('retry', id, '--wait')
      await vi.waitFor(async () => ((await desk.nudges('local')) > 0 ? true : expect.fail()))
      await store.take('blog')
      await store.appendLog(id, [`again: ${outcome}`])
      await store.finish(id, { outcome })

      expect(await retrying).toEqual({
        code,
        stdout: `${id}  blog on local\nagain: ${outcome}\n`,
        stderr: '',
      })
    },
  )

  it('says what holds it back', async () => {
    const id = await failed()
    await desk.slipway('freeze', 'blog', '--reason', 'audit')

    const { code, stderr } = await desk.slipway('retry', id)

    expect(code).toBe(0)
    expect(stderr).toMatch(/^It waits: blog is frozen by \S+ since 2026-11-24 21:00Z: audit\n$/)
  })

  it.each([
    ['live', 'it has ended as live'],
    ['rolled-back', 'push a mended image, or say `slipway deploy PROJECT --force`'],
  ] as const)('refuses what ended as %s', async (outcome, why) => {
    const id = await failed()
    await desk.storeOf('local').finish(id, { outcome })

    const { code, stderr } = await desk.slipway('retry', id)

    expect(code).toBe(1)
    expect(stderr).toContain(
      `DEPLOYMENT_ENDED: The deployment ${id} (${outcome}) cannot be tried again: ${why}.`,
    )
  })

  it('refuses what is no longer wanted', async () => {
    const id = await failed()
    const [newer = ''] = await desk.deploy('blog', '--tag', 'v8')

    const { code, stderr } = await desk.slipway('retry', id)

    expect(code).toBe(1)
    expect(stderr).toContain(`${newer} is what is wanted now`)
  })
})
