import { describe, expect, it } from 'vitest'
import { digestOf, releaseOf } from '../../test/project.ts'
import { openRig } from '../../test/rig.ts'
import { retain } from './retain.ts'

describe('retention after a deploy', () => {
  async function rigWith(keep: number) {
    const live = releaseOf(5_000, 'e', { status: 'live' })
    const rig = await openRig({ live, project: { release: { root: '/srv/shop', keep } } })
    for (const [seq, mark, status] of [
      [1_000, 'a', 'live'],
      [2_000, 'b', 'bad'],
      [3_000, 'c', 'live'],
      [4_000, 'd', 'live'],
    ] as const) {
      const release = releaseOf(seq, mark, { status })
      await rig.releases.saveRelease(release)
      rig.releases.folders.set(release.name, [])
      await rig.engine.keepImage(
        rig.site.config.image,
        release.digest,
        { project: 'shop', seq },
        rig.stop.signal,
      )
    }
    return rig
  }

  it('keeps the newest good releases and lets the others go with their images', async () => {
    const rig = await rigWith(2)

    await retain(rig.run)

    expect([...rig.releases.records.values()].map(({ seq }) => seq).toSorted()).toEqual([4_000, 5_000])
    expect(rig.engine.kept).toEqual([`shop:4000 ${digestOf('d')}`])
  })

  it('keeps the image of a release that goes while another one of the same image stays', async () => {
    const rig = await rigWith(2)
    const twin = releaseOf(1_500, 'd', { status: 'live' })
    await rig.releases.saveRelease(twin)
    rig.engine.pulled.add(twin.digest)
    await rig.engine.keepImage(
      rig.site.config.image,
      twin.digest,
      { project: 'shop', seq: twin.seq },
      rig.stop.signal,
    )

    await retain(rig.run)

    expect(rig.releases.records.has(twin.name)).toBe(false)
    expect(rig.engine.kept).toEqual([`shop:4000 ${digestOf('d')}`])
    expect(rig.engine.pulled.has(twin.digest)).toBe(true)
  })

  it('tells what could not be deleted and goes on with the next', async () => {
    const rig = await rigWith(2)
    const { remove } = rig.releases
    rig.releases.remove = async (release) => {
      if (release.seq === 2_000) throw new Error('permission denied')
      return remove(release)
    }

    await retain(rig.run)

    expect([...rig.releases.records.values()].map(({ seq }) => seq).toSorted()).toEqual([2_000, 4_000, 5_000])
    expect(rig.report.lines.join('\n')).toContain('could not be deleted: permission denied')
  })
})
