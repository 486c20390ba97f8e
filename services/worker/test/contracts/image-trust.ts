import type { ImageName } from '@slipway/core'
import { describe, expect, it } from 'vitest'
import type { ImageTrust } from '../../src/ports/image-trust.ts'
import { calm, failureOf } from '../failure.ts'

export interface TrustFixture {
  readonly trust: ImageTrust
  readonly image: ImageName
  /** Of an image that `good` has signed. */
  readonly signed: string
  /** Of one that nobody has. */
  readonly unsigned: string
  readonly keys: Readonly<Record<'good' | 'other', string>>
}

/** What every ImageTrust keeps. */
export function describeImageTrust(name: string, make: () => Promise<TrustFixture>): void {
  describe(`${name} as trust in images`, () => {
    const ask = ({ trust, image }: TrustFixture, digest: string, keys: readonly string[], signal = calm) =>
      trust.require({ image, digest, keys, credentials: null, signal })

    it('takes an image that a trusted key has signed, again and again', async () => {
      const fixture = await make()
      const { signed, keys } = fixture

      await expect(ask(fixture, signed, [keys.good])).resolves.toBeUndefined()
      await expect(ask(fixture, signed, [keys.good])).resolves.toBeUndefined()
    })

    it('takes one of several keys, as while they rotate', async () => {
      const fixture = await make()
      const { signed, keys } = fixture

      await expect(ask(fixture, signed, [keys.other, keys.good])).resolves.toBeUndefined()
    })

    it.each(['another key', 'no key'])(
      'refuses it for good where %s is trusted, also after it was taken',
      async (what) => {
        const fixture = await make()
        const { signed, keys } = fixture
        await ask(fixture, signed, [keys.good])

        const error = await failureOf(ask(fixture, signed, what === 'no key' ? [] : [keys.other]))

        expect(error).toMatchObject({ code: 'IMAGE_UNTRUSTED', retryable: false })
      },
    )

    it('refuses one that nobody has signed', async () => {
      const fixture = await make()

      const error = await failureOf(ask(fixture, fixture.unsigned, [fixture.keys.good]))

      expect(error.code).toBe('IMAGE_UNTRUSTED')
      expect(error.message).toContain(fixture.unsigned)
    })

    it('asks nothing when its signal has fired', async () => {
      const fixture = await make()
      const reason = new Error('enough')

      const asking = ask(fixture, fixture.signed, [fixture.keys.good], AbortSignal.abort(reason))

      await expect(asking).rejects.toBe(reason)
    })
  })
}
