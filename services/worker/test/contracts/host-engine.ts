import type { EngineInventory } from '@slipway/core'
import { describe, expect, it } from 'vitest'
import type { HostDeletions } from '../../src/ports/host-deletions.ts'
import type { HostInventory } from '../../src/ports/host-inventory.ts'
import { calm } from '../failure.ts'

export interface MadeContainer {
  readonly image: string
  readonly runs?: boolean
  /** Name of one. */
  readonly network?: string
  readonly volume?: string
}

export interface HostFixture {
  readonly inventory: HostInventory
  readonly deletions: HostDeletions
  /** Makes an image with these names, which are tags; gives its id. Each is another image. */
  image(tags: readonly string[]): Promise<string>
  /** Gives an image one more name. */
  tag(id: string, tag: string): Promise<void>
  container(made: MadeContainer): Promise<string>
  network(name: string): Promise<string>
  volume(name: string): Promise<void>
  /** Builds something, so that there is a cache of it; false where the engine has none. */
  build(): Promise<boolean>
}

const all = { volumeSizes: true, buildCache: true }
let count = 0
const newName = (what: string) => `${what}-${process.pid}-${++count}`

/** What every engine keeps that a prune looks at and deletes from. `make` is called for each test. */
export function describeHostEngine(name: string, make: () => Promise<HostFixture>): void {
  describe(`${name} as the engine of a host`, () => {
    const look = async ({ inventory }: HostFixture): Promise<EngineInventory> =>
      (await inventory.read(all, calm)).inventory

    it('tells images with their names, and when they were named', async () => {
      const fixture = await make()
      const tags = [`${newName('a')}:1`, `${newName('b')}:2`]
      const id = await fixture.image(tags)

      const found = (await look(fixture)).images.find((image) => image.id === id)

      expect(found?.tags.toSorted()).toEqual(tags.toSorted())
      expect(found?.bytes).toBeGreaterThan(0)
      expect(Math.abs((found?.namedAt ?? 0) - Date.now())).toBeLessThan(60_000)
    })

    it('tells containers with what they use, and when those ended that have', async () => {
      const fixture = await make()
      const image = await fixture.image([`${newName('a')}:1`])
      const [network, volume] = [newName('net'), newName('vol')]
      const networkId = await fixture.network(network)
      await fixture.volume(volume)
      const running = await fixture.container({ image, runs: true })
      const ended = await fixture.container({ image, network, volume })

      const { containers, networks, volumes } = await look(fixture)

      const find = (id: string) => containers.find((container) => container.id === id)
      expect(find(running)).toMatchObject({ image, isRunning: true, endedAt: null })
      expect(find(ended)).toMatchObject({ isRunning: false, volumes: [volume], networks: [networkId] })
      expect(networks.map(({ name: one }) => one)).not.toContain('bridge')
      expect(networks.find(({ id }) => id === networkId)?.name).toBe(network)
      expect(volumes.find(({ name: one }) => one === volume)?.bytes).toBeGreaterThanOrEqual(0)
    })

    it('asks for sizes only when it is to', async () => {
      const fixture = await make()
      const volume = newName('vol')
      await fixture.volume(volume)

      const { inventory } = await fixture.inventory.read({ volumeSizes: false, buildCache: false }, calm)

      expect(inventory.volumes.find(({ name: one }) => one === volume)?.bytes).toBeNull()
      expect(inventory.buildCache).toEqual([])
    })

    it('takes names of an image away, and the image with the last one', async () => {
      const fixture = await make()
      const [first, second] = [`${newName('a')}:1`, `${newName('b')}:1`]
      const id = await fixture.image([first, second])
      const known = [first, second]

      const one = await fixture.deletions.image({ id, names: [first], known }, calm)
      const between = (await look(fixture)).images.find((image) => image.id === id)
      const other = await fixture.deletions.image({ id, names: [second], known: [second] }, calm)

      expect([one.kind, other.kind]).toEqual(['deleted', 'deleted'])
      expect(between?.tags).toEqual([second])
      expect((await look(fixture)).images.some((image) => image.id === id)).toBe(false)
    })

    it('leaves an image that has got a name since it was decided', async () => {
      const fixture = await make()
      const [tag, since] = [`${newName('a')}:1`, `${newName('b')}:1`]
      const id = await fixture.image([tag])
      await fixture.tag(id, since)

      const done = await fixture.deletions.image({ id, names: [tag], known: [tag] }, calm)

      expect(done).toMatchObject({ kind: 'needed', why: expect.stringContaining(since) })
      expect((await look(fixture)).images.find((image) => image.id === id)?.tags).toHaveLength(2)
    })

    it('leaves an image that a container needs, also one that has ended', async () => {
      const fixture = await make()
      const tag = `${newName('a')}:1`
      const id = await fixture.image([tag])
      await fixture.container({ image: id })

      const done = await fixture.deletions.image({ id, names: [tag], known: [tag] }, calm)

      expect(done.kind).toBe('needed')
      expect((await look(fixture)).images.find((image) => image.id === id)?.tags).toEqual([tag])
    })

    it('deletes a container that has ended, and none that runs', async () => {
      const fixture = await make()
      const image = await fixture.image([`${newName('a')}:1`])
      const [ended, running] = [
        await fixture.container({ image }),
        await fixture.container({ image, runs: true }),
      ]

      const kinds = [
        (await fixture.deletions.container(ended, calm)).kind,
        (await fixture.deletions.container(running, calm)).kind,
      ]

      expect(kinds).toEqual(['deleted', 'needed'])
      const left = (await look(fixture)).containers.map(({ id }) => id)
      expect(left).toContain(running)
      expect(left).not.toContain(ended)
    })

    it('deletes a network and a volume, but not while a container needs them', async () => {
      const fixture = await make()
      const image = await fixture.image([`${newName('a')}:1`])
      const [network, volume] = [newName('net'), newName('vol')]
      const id = await fixture.network(network)
      await fixture.volume(volume)
      const container = await fixture.container({ image, volume })

      const used = await fixture.deletions.volume(volume, calm)
      await fixture.deletions.container(container, calm)
      const free = [await fixture.deletions.volume(volume, calm), await fixture.deletions.network(id, calm)]

      expect(used.kind).toBe('needed')
      expect(free).toEqual([{ kind: 'deleted' }, { kind: 'deleted' }])
      const left = await look(fixture)
      expect(left.networks.some((one) => one.id === id)).toBe(false)
      expect(left.volumes.some((one) => one.name === volume)).toBe(false)
    })

    it('says of what is not there that it is gone', async () => {
      const { deletions } = await make()
      const id = 'f'.repeat(64)

      const done = [
        await deletions.image({ id: `sha256:${id}`, names: ['no/such:1'], known: ['no/such:1'] }, calm),
        await deletions.container(id, calm),
        await deletions.network(id, calm),
        await deletions.volume('no-such-volume', calm),
      ]

      expect(done.map(({ kind }) => kind)).toEqual(['gone', 'gone', 'gone', 'gone'])
    })

    it('deletes single entries of the build cache, also those that others are built on', async () => {
      const fixture = await make()
      if (!(await fixture.build())) return
      const { buildCache } = await look(fixture)
      const [spared, ...others] = buildCache.toSorted((a, b) => b.createdAt - a.createdAt)

      const done = await fixture.deletions.buildCache(
        others.map(({ id }) => id),
        calm,
      )

      const left = (await look(fixture)).buildCache.map(({ id }) => id)
      expect(left).toContain(spared?.id)
      for (const { id } of others) expect(done.get(id)?.kind).toBe(left.includes(id) ? 'needed' : 'deleted')
      expect([...done.values()].some(({ kind }) => kind === 'deleted')).toBe(true)
    })

    it('begins nothing when its signal has fired', async () => {
      const { inventory, deletions } = await make()
      const reason = new Error('enough')
      const fired = AbortSignal.abort(reason)

      await expect(inventory.read(all, fired)).rejects.toBe(reason)
      await expect(deletions.container('anything', fired)).rejects.toBe(reason)
      await expect(deletions.image({ id: 'x', names: ['x'], known: ['x'] }, fired)).rejects.toBe(reason)
    })
  })
}
