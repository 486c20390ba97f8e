import { expect, it, vi } from 'vitest'
import { earlier, openRig } from '../../test/rig.ts'
import { resealLive } from './reseal-live.ts'

async function rigWithManifest() {
  const rig = await openRig({ live: earlier })
  rig.releases.manifests.set(earlier.name, ['public/index.php'])
  return rig
}

it('brings the manifest of what is live up to date, and says for how many files', async () => {
  const rig = await rigWithManifest()
  const reseal = vi.spyOn(rig.releases, 'reseal').mockResolvedValue(7)

  await resealLive(rig.run)

  expect(reseal.mock.calls.map(([release]) => release)).toEqual([earlier])
  expect(rig.report.lines).toEqual([expect.stringContaining(`7 files of ${earlier.name}`)])
})

it('leaves a release without a manifest alone', async () => {
  const rig = await openRig({ live: earlier })

  await resealLive(rig.run)

  expect(rig.report.lines).toEqual([])
})

it('tells what went wrong and fails nobody', async () => {
  const rig = await rigWithManifest()
  vi.spyOn(rig.releases, 'reseal').mockRejectedValue(new Error('the disk is tired'))

  await resealLive(rig.run)

  expect(rig.report.lines).toEqual([expect.stringContaining('the disk is tired')])
})

it('stops when its run has to', async () => {
  const rig = await rigWithManifest()
  const reseal = vi.spyOn(rig.releases, 'reseal').mockImplementation(async (_release, signal) => {
    rig.stop.abort(new Error('enough'))
    signal.throwIfAborted()
    return 0
  })

  await resealLive(rig.run)

  expect(reseal).toHaveBeenCalledOnce()
  expect(rig.report.lines).toEqual([expect.stringContaining('enough')])
})
