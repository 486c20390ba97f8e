import { type DriftReport, SlipwayError, type SwitchIntent } from '@slipway/core'
import { describe, expect, it } from 'vitest'
import { calm } from '../../test/failure.ts'
import { createMemoryMutex } from '../../test/fakes/memory-mutex.ts'
import { earlier, openRig, type RigOptions } from '../../test/rig.ts'
import { verifySite } from './verify-site.ts'

const nothing = { added: [], changed: [], missing: [], counts: { added: 0, changed: 0, missing: 0 } }

function reportOf(more: Partial<DriftReport> = {}): DriftReport {
  return { ...nothing, release: earlier.name, digest: earlier.digest, at: 0, read: 0, files: 3, ...more }
}

const shell = reportOf({ added: ['shell.php'], counts: { added: 1, changed: 0, missing: 0 } })

async function open(report: DriftReport | SlipwayError = reportOf(), options: RigOptions = {}) {
  const rig = await openRig({ live: earlier, ...options })
  const asked: unknown[] = []
  const { site, timer } = rig
  const releases = Object.assign(rig.releases, {
    async verify(release: { name: string }, { full }: { full: boolean }) {
      asked.push([release.name, full])
      if (report instanceof SlipwayError) throw report
      return report
    },
  })
  const mutex = createMemoryMutex()
  const look = (quick = true) => verifySite({ host: 'web1', mutex, timer }, site, quick, calm)
  return { ...rig, releases, mutex, asked, look, root: site.config.release.root }
}

describe('a look at the live release of a site', () => {
  it.each([
    [true, false],
    [false, true],
  ])('finds it as deployed, quick: %s', async (quick, full) => {
    const { look, asked, timer } = await open()

    expect(await look(quick)).toEqual({
      ...{ project: 'shop', host: 'web1', at: timer.now(), quick, strayed: null },
      ...{ outcome: 'clean', report: reportOf(), errorCode: null, why: null },
    })
    expect(asked).toEqual([[earlier.name, full]])
  })

  it('finds what differs', async () => {
    const { look } = await open(shell)

    expect(await look()).toMatchObject({ outcome: 'drift', report: shell, strayed: null })
  })

  it.each([['elsewhere'], [null]])('finds that `current` leads to %s', async (to) => {
    const { look, releases } = await open()
    await releases.restore(to)

    expect(await look()).toMatchObject({ outcome: 'drift', strayed: { to } })
  })

  it('has the project to itself, and gives it back', async () => {
    const { look, mutex, releases, root } = await open()
    let other: unknown = 'not asked'
    const state = releases.intent
    releases.intent = async () => {
      other = await mutex.tryAcquire(root)
      return state()
    }

    await look()

    expect(other).toBeNull()
    expect(await mutex.tryAcquire(root)).not.toBeNull()
  })

  it('waits for a deploy, and calls the project busy when that takes long', async () => {
    const { look, mutex, timer, asked, root } = await open()
    await mutex.tryAcquire(root)
    const begun = timer.now()

    expect(await look()).toMatchObject({ outcome: 'busy', report: null, why: 'a deploy of it is under way' })
    expect(timer.now() - begun).toBe(10_000)
    expect(asked).toEqual([])
  })

  it('does not judge between a switch and its end', async () => {
    const { look, releases, asked } = await open(shell)
    const intent: SwitchIntent = {
      ...{ deployment: 'd1', to: earlier, back: null, before: null, failure: null, at: 0 },
    }
    await releases.saveIntent(intent)

    expect(await look()).toMatchObject({ outcome: 'busy', why: 'a switch is not brought to its end' })
    expect(asked).toEqual([])
  })

  it('says plainly that nothing is live', async () => {
    const { look, mutex, root } = await open(reportOf(), { live: null })
    await mutex.tryAcquire(root)

    expect(await look()).toMatchObject({
      ...{ outcome: 'failed', errorCode: 'RELEASE_UNKNOWN', why: 'Nothing of shop is live on this host.' },
    })
  })

  it('says plainly that there is no manifest', async () => {
    const { look } = await open(new SlipwayError('RELEASE_UNKNOWN', 'There is no manifest.'))

    expect(await look()).toMatchObject({ outcome: 'failed', errorCode: 'RELEASE_UNKNOWN', report: null })
  })
})
