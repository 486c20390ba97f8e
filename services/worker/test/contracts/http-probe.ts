import { describe, expect, it } from 'vitest'
import type { HttpProbe } from '../../src/ports/http-probe.ts'
import { calm } from '../failure.ts'

export interface ProbeFixture {
  readonly probe: HttpProbe
  /** URLs by what they do. */
  readonly urls: Readonly<
    Record<'healthy' | 'failing' | 'redirecting' | 'hanging' | 'refusing' | 'endless', string>
  >
}

const patience = 5_000
const impatience = 100

/** What every HttpProbe keeps. */
export function describeHttpProbe(name: string, make: () => Promise<ProbeFixture>): void {
  describe(`${name} as an HTTP probe`, () => {
    it.each([
      ['healthy', 200],
      ['failing', 503],
      ['redirecting', 302],
      ['endless', 200],
    ] as const)('gives the status of a %s site', async (site, status) => {
      const { probe, urls } = await make()

      expect(await probe.get(urls[site], patience, calm)).toEqual({ kind: 'answer', status })
    })

    it.each([
      ['hanging', impatience],
      ['refusing', patience],
    ] as const)('says why a %s site gave no answer', async (site, timeout) => {
      const { probe, urls } = await make()

      const result = await probe.get(urls[site], timeout, calm)

      expect(result).toEqual({ kind: 'no-answer', why: expect.stringMatching(/./) })
    })

    it('throws only what its signal says', async () => {
      const { probe, urls } = await make()
      const reason = new Error('enough')

      await expect(probe.get(urls.hanging, patience, AbortSignal.abort(reason))).rejects.toBe(reason)
    })
  })
}
