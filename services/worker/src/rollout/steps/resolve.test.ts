import { SlipwayError } from '@slipway/core'
import { describe, expect, it } from 'vitest'
import { calm, failureOf } from '../../../test/failure.ts'
import { digestOf, wantOf } from '../../../test/project.ts'
import { openRig, wanted } from '../../../test/rig.ts'
import { resolveImage } from './resolve.ts'

const announced = digestOf('f')

describe('resolving', () => {
  it('asks the registry once, for the tag, with the credentials of the project', async () => {
    const rig = await openRig()

    expect(await resolveImage(rig.run, calm)).toBe(wanted)

    expect(rig.registry.asked).toEqual([
      { reference: 'latest', credentials: { username: 'ada', password: 'a-password' } },
    ])
  })

  it('asks once when the push announced what the registry says', async () => {
    const rig = await openRig({ want: { digest: wanted } })

    expect(await resolveImage(rig.run, calm)).toBe(wanted)
    expect(rig.registry.asked).toHaveLength(1)
  })

  it('asks for the digest when no tag is wanted', async () => {
    const rig = await openRig({ want: { tag: null, digest: wanted } })

    expect(await resolveImage(rig.run, calm)).toBe(wanted)
    expect(rig.registry.asked[0]?.reference).toBe(wanted)
  })

  it('waits a moment for a digest that was announced', async () => {
    const rig = await openRig({ want: { digest: announced } })
    const timer = whenSlept(rig.timer, 3, () => rig.registry.tags.set('latest', announced))

    expect(await resolveImage({ ...rig.run, timer }, calm)).toBe(announced)
  })

  it('waits a moment for a tag that was announced', async () => {
    const rig = await openRig({ want: { tag: 'new', digest: announced } })
    const timer = whenSlept(rig.timer, 3, () => rig.registry.tags.set('new', announced))

    expect(await resolveImage({ ...rig.run, timer }, calm)).toBe(announced)
  })

  it('believes the registry in the end, for what a sender says is a hint', async () => {
    const rig = await openRig({ want: { digest: announced } })
    const begun = rig.timer.now()

    expect(await resolveImage(rig.run, calm)).toBe(wanted)

    expect(rig.timer.now() - begun).toBeLessThanOrEqual(6_000)
    expect(rig.report.lines.join('\n')).toContain(`the push named ${announced}`)
  })

  it('does not wait for a push that is overtaken meanwhile', async () => {
    const newest = wantOf({ seq: 3_000 })
    const rig = await openRig({ want: { digest: announced }, newer: async () => newest })

    expect(await resolveImage(rig.run, calm)).toBe(newest)
    expect(rig.registry.asked).toHaveLength(1)
  })

  it.each([
    ['at once, when nothing was announced', null, 1],
    ['after a moment, when it was announced', announced, 2],
  ])('says that there is no such image, and names the project: %s', async (_when, digest, asked) => {
    const rig = await openRig({ want: { tag: 'missing', digest } })

    const error = await failureOf(resolveImage(rig.run, calm))

    expect(error.code).toBe('IMAGE_NOT_FOUND')
    expect(error.message).toContain('shop')
    expect(rig.registry.asked.length).toBeGreaterThanOrEqual(asked)
  })

  it('does not ask again after a refusal, and keeps what it was told', async () => {
    const rig = await openRig({ want: { digest: announced } })
    const refusal = new SlipwayError('REGISTRY_RATE_LIMITED', 'later', { retryAfterMs: 7_000 })
    const registry = { ...rig.registry, resolve: () => Promise.reject(refusal) }

    const error = await failureOf(resolveImage({ ...rig.run, registry }, calm))

    expect(error).toMatchObject({ code: 'REGISTRY_RATE_LIMITED', retryAfterMs: 7_000, cause: refusal })
    expect(rig.timer.pauses).toEqual([])
  })

  it('refuses a want that names neither tag nor digest', async () => {
    const rig = await openRig({ want: { tag: null, digest: null } })

    expect((await failureOf(resolveImage(rig.run, calm))).code).toBe('IMAGE_REFERENCE_INVALID')
  })
})

/** The timer, with something that happens at one of its pauses. */
function whenSlept(timer: Awaited<ReturnType<typeof openRig>>['timer'], pause: number, happens: () => void) {
  return {
    ...timer,
    async sleep(milliseconds: number, signal: AbortSignal) {
      await timer.sleep(milliseconds, signal)
      if (timer.pauses.length === pause) happens()
    },
  }
}
