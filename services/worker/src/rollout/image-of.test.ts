import { SlipwayError } from '@slipway/core'
import type { PlatformManifest } from '@slipway/registry'
import { describe, expect, it } from 'vitest'
import { calm } from '../../test/failure.ts'
import { digestOf } from '../../test/project.ts'
import { openRig } from '../../test/rig.ts'
import { imageOf } from './image-of.ts'

const digest = digestOf('a')
const told: PlatformManifest = { digest, layers: [], volumes: [] }

describe('what the registry says of an image', () => {
  it('is asked for once, as a digest stands for the same each time', async () => {
    const { run, asked } = await openAsked()

    expect(await imageOf(run, digest, calm)).toEqual(told)
    expect(await imageOf({ ...run }, digest, calm)).toEqual(told)

    expect(asked).toEqual([digest])
  })

  it('is asked for again when it did not answer', async () => {
    const { run, asked, registry } = await openAsked()
    registry.isAway = true
    expect(await imageOf(run, digest, calm)).toEqual({ why: 'The registry is away.' })

    registry.isAway = false

    expect(await imageOf(run, digest, calm)).toEqual(told)
    expect(asked).toEqual([digest, digest])
  })

  it('is remembered of few images, and of each project by itself', async () => {
    const { run, asked } = await openAsked()
    const all = ['a', 'b', 'c', 'd'].map(digestOf)
    for (const one of all) await imageOf(run, one, calm)
    const again = await openAsked()

    await imageOf(run, all[3] ?? '', calm)
    await imageOf(run, all[0] ?? '', calm)
    await imageOf(again.run, all[3] ?? '', calm)

    expect(asked).toEqual([...all, all[0]])
    expect(again.asked).toEqual([all[3]])
  })

  it('is nothing for a walk that has to end', async () => {
    const { run } = await openAsked()
    await imageOf(run, digest, calm)

    await expect(imageOf(run, digest, AbortSignal.abort(new Error('over')))).rejects.toThrow('over')
  })
})

async function openAsked() {
  const { run } = await openRig()
  const asked: string[] = []
  const registry = { isAway: false }
  Object.assign(run.registry, {
    async platformManifest({ reference }: { reference: string }) {
      asked.push(reference)
      if (registry.isAway) throw new SlipwayError('REGISTRY_UNAVAILABLE', 'The registry is away.')
      return { ...told, digest: reference }
    },
  })
  return { run, asked, registry }
}
