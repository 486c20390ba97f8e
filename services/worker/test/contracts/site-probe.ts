import { describe, expect, it } from 'vitest'
import type { Look, SiteProbe } from '../../src/ports/site-probe.ts'
import { checkOf } from '../check.ts'
import { calm } from '../failure.ts'

export interface SiteProbeFixture {
  readonly probe: SiteProbe
  /** URLs by what they do. The healthy and the endless one say `all is well`. */
  readonly urls: Readonly<
    Record<'healthy' | 'failing' | 'redirecting' | 'hanging' | 'refusing' | 'endless', string>
  >
  /** `host:port` */
  readonly addresses: Readonly<Record<'open' | 'closed', string>>
}

type ContainerSituation = 'healthy' | 'starting' | 'unhealthy' | 'missing' | 'succeeding' | 'failing'

/** The checks of containers in these situations, as a person would configure them. */
export interface ContainerProbeFixture extends Readonly<Record<ContainerSituation, object>> {
  readonly probe: SiteProbe
}

const impatience = 150

/** What every SiteProbe keeps that looks from outside. */
export function describeSiteProbe(name: string, make: () => Promise<SiteProbeFixture>): void {
  describe(`${name} as a probe of a site`, () => {
    it.each([
      ['healthy', {}, 'well', /^answered 200$/],
      ['healthy', { text: 'is well' }, 'well', /^answered 200/],
      ['healthy', { text: 'is sick' }, 'unwell', /^answered 200/],
      ['healthy', { status: [301, 404] }, 'unwell', /^answered 200$/],
      ['failing', {}, 'unwell', /^answered 503$/],
      ['failing', { status: [200, 503] }, 'well', /^answered 503$/],
      ['redirecting', {}, 'unwell', /^answered 302$/],
      ['redirecting', { status: 302 }, 'well', /^answered 302$/],
      ['endless', {}, 'well', /^answered 200$/],
      ['endless', { text: 'all is well' }, 'well', /^answered 200/],
      ['refusing', {}, 'unwell', /^gave no answer \(.+\)$/],
      [
        'hanging',
        { timeout: `${impatience}ms` },
        'unwell',
        /^gave no answer \(it took longer than 150 ms\)$/,
      ],
    ] as const)('sees what a %s site does (%j)', async (site, more, result, said) => {
      const { probe, urls } = await make()

      const look = await probe.look(checkOf({ url: urls[site], ...more }), calm)

      expect(look).toEqual({ result, said: expect.stringMatching(said) })
    })

    it.each([
      ['open', 'well'],
      ['closed', 'unwell'],
    ] as const)('sees whether a port is %s', async (which, result) => {
      const { probe, addresses } = await make()

      const look = await probe.look(checkOf({ tcp: addresses[which] }), calm)

      expect(look).toEqual({ result, said: expect.stringMatching(/./) })
    })

    it('throws only what its signal says', async () => {
      const { probe, urls } = await make()
      const reason = new Error('enough')

      const look = probe.look(checkOf({ url: urls.hanging }), AbortSignal.abort(reason))

      await expect(look).rejects.toBe(reason)
    })
  })
}

/** What every SiteProbe keeps that looks at containers. */
export function describeContainerProbe(name: string, make: () => Promise<ContainerProbeFixture>): void {
  describe(`${name} as a probe of containers`, () => {
    it.each<[ContainerSituation, Look['result'], RegExp]>([
      ['healthy', 'well', /healthy/],
      ['starting', 'pending', /starting/],
      ['unhealthy', 'unwell', /unhealthy/],
      ['missing', 'unwell', /./],
      ['succeeding', 'well', /exit code 0/],
      ['failing', 'unwell', /exit code 3/],
    ])('sees one that is %s', async (situation, result, said) => {
      const { probe, ...checks } = await make()

      const look = await probe.look(checkOf(checks[situation]), calm)

      expect(look).toEqual({ result, said: expect.stringMatching(said) })
    })
  })
}
