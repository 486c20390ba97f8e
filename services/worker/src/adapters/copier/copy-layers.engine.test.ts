import { buffer } from 'node:stream/consumers'
import { type LayerEntry, pushImage } from '@slipway/lab'
import { createRegistryClient } from '@slipway/registry'
import Docker from 'dockerode'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { pull, source } from '../../../test/contracts/container-engine.ts'
import { calm } from '../../../test/failure.ts'
import {
  createRandom,
  type History,
  mergeLayers,
  randomHistory,
  readEntries,
} from '../../../test/layer-histories.ts'
import { openRealEngine, type RealEngine } from '../../../test/real-engine.ts'
import { layersOf, openTwoReleases, sourcePath, treeByArchive } from '../../../test/two-releases.ts'
import { deriveTree } from '../../layers/derive-tree.ts'
import { Unfit } from '../../layers/unfit.ts'
import { createDockerEngine } from '../docker-engine.ts'

const histories = 4
const engine = createDockerEngine(new Docker(), 'local')
const registry = createRegistryClient()
let real: RealEngine

beforeAll(async () => {
  real = await openRealEngine()
})

afterAll(() => real.close())

it('makes of random histories in a registry what the engine makes of them', async () => {
  for (const [seed, history] of derivable(histories)) {
    const [first, second] = await Promise.all([
      offer([...history.shared, ...history.previous]),
      offer([...history.shared, ...history.next]),
    ])
    const layers = await layersOf([...history.shared, ...history.previous])
    const site = await openTwoReleases(layers, await archiveBy(first))
    const [image, before] = await Promise.all([told(second), told(first)])

    const done = await site.fromLayers([], {
      ...{ image, before: before.layers },
      fetch: ({ digest, size }) => registry.blob({ ...second, digest, size, credentials: null }),
    })

    expect(done, `seed ${seed}`).toMatchObject({ way: 'layers' })
    expect(await site.second(), `seed ${seed}`).toEqual(await treeByArchive(await archiveBy(second)))
    await Promise.all([real.forget(first), real.forget(second)])
  }
})

it('sees a folder that the engine makes of a volume, and a link on the way to a source', async () => {
  const files = { [`${sourcePath}/index.php`]: '<?php' }
  const plain = await pushed({ files, config: { Volumes: { [`${sourcePath}/storage`]: {} } } })
  const linked = await pushed({
    layers: await layersOf([
      [
        ...['srv', 'srv/app', 'var'].map(
          (name): LayerEntry => ({ header: { name: `${name}/`, type: 'directory' } }),
        ),
        { header: { name: 'var/www', type: 'symlink', linkname: '../srv' } },
        { header: { name: 'srv/app/index.php' }, content: '<?php' },
      ],
    ]),
  })

  const archives = await Promise.all([open(plain), open(linked)])

  expect(archives.map(({ isPlain }) => isPlain)).toEqual([true, false])
  expect((await buffer(archives[0].stream)).includes('app/storage/')).toBe(true)
  archives[1].stream.destroy()
  expect((await told(plain)).volumes).toEqual([`${sourcePath}/storage`])
  for (const archive of archives) await archive.close()
})

/** Histories whose second image can be known, with their seeds. */
function derivable(count: number): [number, History][] {
  const found: [number, History][] = []
  for (let seed = 1_000; found.length < count; seed += 1) {
    const history = randomHistory(createRandom(seed))
    const entries = mergeLayers([...history.shared, ...history.previous])
    const isSame = JSON.stringify(history.previous) === JSON.stringify(history.next)
    const hasContent = (mergeLayers([...history.shared, ...history.next]) ?? []).some(
      ({ kind }) => kind === 'file',
    )
    if (!entries || isSame || !hasContent || history.next.length === 0) continue
    try {
      const upper = {
        upperOfPrevious: history.previous.map(readEntries),
        upperOfNext: history.next.map(readEntries),
      }
      deriveTree({ previous: { entries, shared: [] }, ...upper, shared: [] })
      found.push([seed, history])
    } catch (error) {
      if (!(error instanceof Unfit)) throw error
    }
  }
  return found
}

type Offered = Awaited<ReturnType<typeof pushed>>

async function pushed(what: Partial<Parameters<typeof pushImage>[0]>) {
  const image = { registry: real.registry.host, repository: 'acme/layers' }
  const { digest } = await pushImage({ ...image, tags: [], ...what })
  return { image, digest }
}

async function offer(layers: readonly (readonly LayerEntry[])[]): Promise<Offered> {
  return pushed({ layers: await layersOf(layers) })
}

function told({ image, digest }: Offered) {
  return registry.platformManifest({ image, reference: digest, credentials: null })
}

async function open({ image, digest }: Offered) {
  await pull(engine, image, digest)
  return engine.openSource({ image, digest, path: sourcePath, purpose: source('layers') }, calm)
}

async function archiveBy(offered: Offered): Promise<Buffer> {
  const archive = await open(offered)
  try {
    return await buffer(archive.stream)
  } finally {
    await archive.close()
  }
}
