import { SlipwayError } from '@slipway/core'
import { describe, expect, it } from 'vitest'
import type { CommandEnd } from './credential-command.ts'
import { createSecretKeeper } from './secret-keeper.ts'
import { temporaryCredentials } from './temporary-credentials.ts'

const calm = new AbortController().signal
const start = Date.parse('2026-08-01T12:00:00Z')

/** A source whose command prints one password after the other, and a clock. */
function open(more: { life?: number | null; ttl?: number; ends?: CommandEnd[] } = {}) {
  const { life = 3_600, ttl = 600_000, ends = [] } = more
  const world = { now: start, runs: 0, stopped: 0, hold: Promise.resolve() }
  const clock = { now: () => world.now }
  const secrets = createSecretKeeper(clock)
  const source = temporaryCredentials({
    path: 'credentials.acme',
    username: undefined,
    ttl,
    clock,
    secrets,
    async run(signal) {
      world.runs += 1
      const password = `password-${world.runs}`
      signal.addEventListener('abort', () => {
        world.stopped += 1
      })
      await world.hold
      const expiry = life === null ? {} : { expires_in: life }
      const output = JSON.stringify({ username: 'temp', password, ...expiry })
      return ends.shift() ?? { ok: true, output }
    },
  })
  return { source, world, secrets }
}

describe('temporary credentials', () => {
  it('are kept until a minute before they run out', async () => {
    const { source, world } = open()
    const first = await source.read(calm)

    world.now += 3_540_000 - 1
    const before = await source.read(calm)
    world.now += 1
    const after = await source.read(calm)

    expect([first, before, after]).toEqual(
      [1, 1, 2].map((run) => ({ username: 'temp', password: `password-${run}` })),
    )
  })

  it('are kept for nine tenths of a short life', async () => {
    const { source, world } = open({ life: 100 })
    await source.read(calm)

    world.now += 89_999
    await source.read(calm)
    const before = world.runs
    world.now += 1
    await source.read(calm)

    expect([before, world.runs]).toEqual([1, 2])
  })

  it('are kept as long as is configured when they do not say it', async () => {
    const { source, world } = open({ life: null, ttl: 5_000 })
    await source.read(calm)

    world.now += 4_999
    await source.read(calm)
    const before = world.runs
    world.now += 1
    await source.read(calm)

    expect([before, world.runs]).toEqual([1, 2])
  })

  it('are got once for all who ask at the same time', async () => {
    const { source, world } = open()

    const all = await Promise.all([source.read(calm), source.read(calm), source.read(calm)])

    expect(world.runs).toBe(1)
    expect(new Set(all).size).toBe(1)
  })

  it('are still got for the others when one stops waiting', async () => {
    const { source, world } = open()
    const gate = Promise.withResolvers<void>()
    world.hold = gate.promise
    const stop = new AbortController()
    const reason = new Error('enough')
    const impatient = source.read(stop.signal)
    const patient = source.read(calm)

    stop.abort(reason)
    await expect(impatient).rejects.toBe(reason)
    gate.resolve()

    expect(await patient).toEqual({ username: 'temp', password: 'password-1' })
    expect(world.runs).toBe(1)
  })

  it('are given up when the last one stops waiting, and got anew for the next', async () => {
    const { source, world } = open()
    world.hold = new Promise(() => {})
    const stop = new AbortController()
    const reading = source.read(stop.signal)

    stop.abort(new Error('enough'))
    await expect(reading).rejects.toThrow('enough')
    world.hold = Promise.resolve()

    expect(world.stopped).toBe(1)
    expect(await source.read(calm)).toMatchObject({ password: 'password-2' })
  })

  it('are got anew, once, when a registry refuses those that were kept', async () => {
    const { source } = open()
    await source.read(calm)
    const kept = await source.read(calm)

    expect(source.forget(kept)).toBe(true)
    const anew = await source.read(calm)

    expect(anew).toMatchObject({ password: 'password-2' })
    expect(source.forget(anew)).toBe(false)
  })

  it('that a registry refused are not handed out again, even when they had just been got', async () => {
    const { source } = open()
    const refused = await source.read(calm)

    expect(source.forget(refused)).toBe(false)

    expect(await source.read(calm)).toMatchObject({ password: 'password-2' })
  })

  it('of a reader who comes late with a refusal do not cost the others theirs', async () => {
    const { source, world } = open()
    const old = await source.read(calm)
    await source.read(calm)
    source.forget(old)
    await source.read(calm)

    expect(source.forget(old)).toBe(true)

    await source.read(calm)
    expect(world.runs).toBe(2)
  })

  it('that cannot be got are a failure that is tried again, and never none', async () => {
    const { source } = open({ ends: [{ ok: false, why: 'ended with exit code 1' }] })

    const error = await source.read(calm).catch((cause: unknown) => cause)

    expect(error).toBeInstanceOf(SlipwayError)
    expect(error).toMatchObject({
      code: 'CREDENTIALS_UNAVAILABLE',
      retryable: true,
      message: 'The command of credentials.acme ended with exit code 1.',
    })
    expect(await source.read(calm)).toMatchObject({ password: 'password-2' })
  })

  it('are hidden from before they are handed out until well after they have run out', async () => {
    const { source, world, secrets } = open()
    await source.read(calm)
    const text = `Basic ${btoa('temp:password-1')} is password-1`
    const hidden = secrets.redact(text)

    world.now += 3_600_000 + 3_599_999
    await source.read(calm)

    expect([hidden, secrets.redact(text)]).toEqual(Array(2).fill(expect.not.stringMatching(/password-1/)))
    expect(hidden).not.toContain(btoa('temp:password-1'))
  })
})
