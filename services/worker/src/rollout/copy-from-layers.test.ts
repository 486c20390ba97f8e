import { SlipwayError } from '@slipway/core'
import { describe, expect, it, vi } from 'vitest'
import { earlier, openRig, type Rig, wanted } from '../../test/rig.ts'
import type { LayersReport, LayersRequest, NotFromLayers } from '../ports/release-store.ts'
import { deploy } from './deploy.ts'

const layers = [
  { digest: `sha256:${'1'.repeat(64)}`, size: 10, packing: 'gzip' },
  { digest: `sha256:${'2'.repeat(64)}`, size: 20, packing: 'gzip' },
] as const

describe('the copy of an image whose layers the registry tells', () => {
  it('asks for the layers of both images, and makes the release from them', async () => {
    const { rig, asked } = await openLayers({ done: made })

    const end = await deploy(rig.run)

    expect(end.outcome).toBe('live')
    expect(asked).toHaveLength(1)
    expect(asked[0]).toMatchObject({ previous: { name: earlier.name }, before: layers })
    expect(rig.report.lines.join('\n')).toContain('[copy] from layers: 1 of 2 read')
    expect(rig.archives).toEqual([])
  })

  it('takes the archive when they do not fit, and says why', async () => {
    const { rig } = await openLayers({ done: { unfit: 'the images have no layers in common' } })

    const end = await deploy(rig.run)

    expect(end.outcome).toBe('live')
    expect(rig.report.lines).toContain('[copy] from the archive: the images have no layers in common')
    expect(rig.archives).toEqual([layers.map(({ digest }) => digest)])
  })

  it('keeps no layers of a source that the engine reaches over a link', async () => {
    const { rig } = await openLayers({ done: { unfit: 'whatever' }, isPlain: false })

    await deploy(rig.run)

    expect(rig.archives).toEqual([null])
  })

  it('keeps no layers where the image declares a volume in its source', async () => {
    const { rig } = await openLayers({ done: { unfit: 'whatever' }, volumes: ['/var/www/app/storage/'] })

    await deploy(rig.run)

    expect(rig.archives).toEqual([null])
  })

  it('copies all the same when the registry does not tell them', async () => {
    const { rig, asked } = await openLayers({ done: made, isAway: true })

    const end = await deploy(rig.run)

    expect(end.outcome).toBe('live')
    expect(asked).toEqual([])
    expect(rig.archives).toEqual([null])
    expect(rig.report.lines).toContain('[copy] its layers are not known: The registry is away.')
  })

  it('waits for what the engine still holds of an earlier copy only where the engine is to copy', async () => {
    const order: string[] = []
    for (const done of [made, { unfit: 'whatever' }]) {
      const { rig } = await openLayers({ done, onLayers: () => order.push('layers') })
      const { sweepSources, openSource } = rig.engine
      Object.assign(rig.engine, {
        async sweepSources(...all: Parameters<typeof sweepSources>) {
          await vi.waitUntil(() => order.at(-1) === 'layers')
          await sweepSources(...all)
          order.push('swept')
        },
        openSource(...all: Parameters<typeof openSource>) {
          order.push('opened')
          return openSource(...all)
        },
      })

      expect((await deploy(rig.run)).outcome).toBe('live')
    }

    expect(order).toEqual(['layers', 'swept', 'layers', 'swept', 'opened'])
  })

  it('does not look at layers where each release has files of its own', async () => {
    const { rig, asked } = await openLayers({ done: made, copy: 'full' })

    await deploy(rig.run)

    expect(asked).toEqual([])
    expect(rig.archives).toHaveLength(1)
  })
})

const made = {
  ...({ way: 'layers', files: 3, bytes: 30, linked: 2, written: 1, writtenBytes: 10 } as const),
  ...{ fetchedLayers: 1, fetchedBytes: 20 },
}

interface LayersOptions {
  readonly done: LayersReport | NotFromLayers
  readonly isPlain?: boolean
  readonly isAway?: boolean
  readonly volumes?: readonly string[]
  readonly copy?: 'changed' | 'full'
  readonly onLayers?: () => void
}

async function openLayers({
  done,
  isPlain = true,
  isAway = false,
  volumes = [],
  copy = 'changed',
  onLayers = () => {},
}: LayersOptions) {
  const project = { release: { root: '/srv/shop', copy } }
  const rig = Object.assign(await openRig({ live: earlier, project }), {
    /** The layers that copies of an archive were to note. */
    archives: [] as (readonly string[] | null)[],
  })
  const asked: LayersRequest[] = []
  const { releases, engine, registry }: Rig = rig
  const { copy: copyArchive } = releases
  const { openSource } = engine
  releases.manifests.set(earlier.name, [])
  Object.assign(registry, {
    async platformManifest({ reference }: { reference: string }) {
      if (isAway) throw new SlipwayError('REGISTRY_UNAVAILABLE', 'The registry is away.')
      if (![wanted, earlier.digest].includes(reference)) throw new Error(`nobody asks for ${reference}`)
      return { digest: reference, layers, volumes }
    },
  })
  Object.assign(releases, {
    async copyLayers(request: LayersRequest) {
      asked.push(request)
      onLayers()
      if (!('unfit' in done)) releases.folders.set(request.release.name, ['public/index.php'])
      return done
    },
    copy: (request: Parameters<typeof copyArchive>[0]) => {
      rig.archives.push(request.layers)
      return copyArchive(request)
    },
  })
  Object.assign(engine, {
    openSource: async (...all: Parameters<typeof openSource>) => ({ ...(await openSource(...all)), isPlain }),
  })
  return { rig, asked }
}
