import { randomBytes } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import type { ImageName } from '@slipway/core'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { ContainerEngine, ContainerSpec } from '../../src/ports/container-engine.ts'
import { calm, failureOf } from '../failure.ts'
import { digestOf } from '../project.ts'

export interface EngineFixture {
  readonly engine: ContainerEngine
  readonly image: ImageName
  /** Of an image whose `/var/www/app` holds `public/index.php`; the engine does not have it yet. */
  readonly digest: string
  /** Commands by what they do: `speaks` prints `one` and `two` and ends with 3, `waits` runs until it is stopped. */
  readonly commands: Readonly<Record<'speaks' | 'waits' | 'missing', readonly string[]>>
  /** How many containers for reading sources a project has. */
  sources(project: string): Promise<number>
}

const path = '/var/www/app'

/** What every ContainerEngine keeps. `make` is called for each test; its engine may be the same one. */
export function describeContainerEngine(name: string, make: () => Promise<EngineFixture>): void {
  describe(`${name} as a container engine`, () => {
    it('has an image once it was pulled', async () => {
      const { engine, image, digest } = await make()
      const told: string[] = []
      const before = await engine.hasImage(image, digest, calm)

      await pull(engine, image, digest, (line) => told.push(line))

      expect(before).toBe(false)
      expect(await engine.hasImage(image, digest, calm)).toBe(true)
      expect(told.join('\n')).toContain(digest)
    })

    it('cannot pull what the registry does not have', async () => {
      const { engine, image } = await make()

      const error = await failureOf(pull(engine, image, digestOf('0')))

      expect(error.code).toBe('ENGINE_FAILED')
      expect(error.retryable).toBe(false)
      expect(await engine.hasImage(image, digestOf('0'), calm)).toBe(false)
    })

    it('reads a source as an archive whose names begin with the last part of its path', async () => {
      const { engine, image, digest, sources } = await make()
      await pull(engine, image, digest)
      const project = newName()

      const archive = await engine.openSource({ image, digest, path, purpose: source(project) }, calm)
      const bytes = await buffer(archive.stream)
      await archive.close()

      expect(bytes.toString('latin1', 0, 4)).toBe('app/')
      expect(bytes.includes('app/public/index.php')).toBe(true)
      expect(archive.isPlain).toBe(true)
      expect(await sources(project)).toBe(0)
    })

    it('says when the source is not there, and leaves nothing', async () => {
      const { engine, image, digest, sources } = await make()
      await pull(engine, image, digest)
      const project = newName()

      const opening = engine.openSource({ image, digest, path: '/nowhere', purpose: source(project) }, calm)

      expect((await failureOf(opening)).code).toBe('SOURCE_MISSING')
      expect(await sources(project)).toBe(0)
    })

    it('does not read the source of an image that it does not have', async () => {
      const { engine, image } = await make()

      const opening = engine.openSource(
        { image, digest: digestOf('0'), path, purpose: source(newName()) },
        calm,
      )

      expect((await failureOf(opening)).code).toBe('ENGINE_FAILED')
    })

    it('sweeps the sources that a dead run left, of this project alone', async () => {
      const { engine, image, digest, sources } = await make()
      await pull(engine, image, digest)
      const [mine, other] = [newName(), newName()]
      const left = await engine.openSource({ image, digest, path, purpose: source(mine) }, calm)
      const others = await engine.openSource({ image, digest, path, purpose: source(other) }, calm)
      left.stream.destroy()
      others.stream.destroy()

      await engine.sweepSources(mine, calm)

      expect(await sources(mine)).toBe(0)
      expect(await sources(other)).toBe(1)
      await left.close()
      await others.close()
    })

    it('runs a container, gives its lines and its exit code', async () => {
      const { engine, spec, commands } = await ready(make)
      const lines: string[] = []
      const container = { ...spec, command: commands.speaks }

      const id = await engine.runContainer(container, calm)
      await engine.followOutput(id, (line) => lines.push(line), calm)
      const exitCode = await engine.waitForExit(id, calm)

      expect(lines.toSorted()).toEqual(['one', 'two'])
      expect(exitCode).toBe(3)
      expect(await engine.findContainer(spec.name, calm)).toEqual({
        id,
        state: 'exited',
        exitCode: 3,
        release: spec.purpose.release,
      })
    })

    it('gives the lines of a container that has ended from the first one', async () => {
      const { engine, spec, commands } = await ready(make)
      const id = await engine.runContainer({ ...spec, command: commands.speaks }, calm)
      await engine.waitForExit(id, calm)
      const lines: string[] = []

      await engine.followOutput(id, (line) => lines.push(line), calm)

      expect(lines.toSorted()).toEqual(['one', 'two'])
    })

    it('refuses a second container of the same name and leaves the first running', async () => {
      const { engine, spec } = await ready(make)
      const id = await engine.runContainer(spec, calm)

      const error = await failureOf(engine.runContainer(spec, calm))

      expect(error.code).toBe('ENGINE_FAILED')
      const found = await engine.findContainer(spec.name, calm)
      expect(found).toEqual({ id, state: 'running', exitCode: null, release: spec.purpose.release })
    })

    it('leaves nothing of a container that cannot be started', async () => {
      const { engine, spec } = await ready(make)

      const error = await failureOf(engine.runContainer({ ...spec, network: newName() }, calm))

      expect(error.code).toBe('ENGINE_FAILED')
      expect(await engine.findContainer(spec.name, calm)).toBeNull()
    })

    it('ends a command that the image does not have as a shell would', async () => {
      const { engine, spec, commands } = await ready(make)

      const id = await engine.runContainer({ ...spec, command: commands.missing }, calm)

      expect(await engine.waitForExit(id, calm)).toBe(127)
    })

    it('stops a container, also one that has ended or is gone', async () => {
      const { engine, spec } = await ready(make)
      const id = await engine.runContainer(spec, calm)

      await engine.stopContainer(id, 0, calm)

      expect((await engine.findContainer(spec.name, calm))?.state).toBe('exited')
      await engine.stopContainer(id, 0, calm)
      await engine.removeContainer(id, calm)
      await engine.stopContainer(id, 0, calm)
    })

    it('removes a container, also a running one and one that is gone', async () => {
      const { engine, spec } = await ready(make)
      const id = await engine.runContainer(spec, calm)

      await engine.removeContainer(id, calm)
      await engine.removeContainer(id, calm)

      expect(await engine.findContainer(spec.name, calm)).toBeNull()
    })

    it('tells every container that workers of this host made, and what each is for', async () => {
      const { engine, spec, image, digest } = await ready(make)
      const [mine, other] = [spec.purpose.project, newName()]
      const begun = Date.now()
      const id = await engine.runContainer(spec, calm)
      const archive = await engine.openSource({ image, digest, path, purpose: source(other) }, calm)
      archive.stream.destroy()

      const found = (await engine.ownContainers(calm)).filter(({ project }) =>
        [mine, other].includes(project),
      )

      const { release } = spec.purpose
      expect(found).toHaveLength(2)
      expect(found).toContainEqual(
        expect.objectContaining({ id, project: mine, role: 'migrate', release, state: 'running' }),
      )
      expect(found).toContainEqual(
        expect.objectContaining({ project: other, role: 'source', release, state: 'created' }),
      )
      // An engine may count in whole seconds.
      for (const { createdAt } of found) expect(Math.abs(createdAt - begun)).toBeLessThan(10_000)
      await engine.stopContainer(id, 0, calm)
      const ended = (await engine.ownContainers(calm)).find((one) => one.id === id)
      expect(ended?.state).toBe('exited')
      await engine.removeContainer(id, calm)
      await archive.close()
      const left = (await engine.ownContainers(calm)).filter(({ project }) => [mine, other].includes(project))
      expect(left).toEqual([])
    })

    it('ends every wait when its signal fires, and the container goes on', async () => {
      const { engine, spec } = await ready(make)
      const id = await engine.runContainer(spec, calm)
      const stop = new AbortController()
      const reason = new Error('enough')
      const waits = [engine.waitForExit(id, stop.signal), engine.followOutput(id, () => {}, stop.signal)].map(
        (wait) => expect(wait).rejects.toBe(reason),
      )

      stop.abort(reason)

      await Promise.all(waits)
      expect((await engine.findContainer(spec.name, calm))?.state).toBe('running')
    })

    it('begins nothing when its signal has fired', async () => {
      const { engine, image, digest } = await make()
      const reason = new Error('enough')
      const fired = AbortSignal.abort(reason)

      await expect(engine.hasImage(image, digest, fired)).rejects.toBe(reason)
      await expect(engine.findContainer('anything', fired)).rejects.toBe(reason)
      await expect(engine.ownContainers(fired)).rejects.toBe(reason)
      const opening = engine.openSource({ image, digest, path, purpose: source('shop') }, fired)
      await expect(opening).rejects.toBe(reason)
    })
  })
}

/** Whoever finds it can tell what it was for. */
export function source(project: string) {
  return { project, role: 'source', release: '1-aaaaaaaaaaaa-rand', deployment: 'd-1' } as const
}

export function newName(): string {
  return `contract-${randomBytes(4).toString('hex')}`
}

export async function pull(
  engine: ContainerEngine,
  image: ImageName,
  digest: string,
  onProgress: (line: string) => void = () => {},
): Promise<void> {
  await engine.pull({ image, digest, credentials: null, inactivity: 30_000, signal: calm, onProgress })
}

/** An engine that has the image, and a container that waits, gone with the test. */
async function ready(make: () => Promise<EngineFixture>) {
  const fixture = await make()
  const { engine, image, digest, commands } = fixture
  await pull(engine, image, digest)
  const project = newName()
  const spec: ContainerSpec = {
    name: `slipway-migrate-${project}`,
    image,
    digest,
    purpose: { project, role: 'migrate', release: '1-aaaaaaaaaaaa-rand', deployment: 'd-1' },
    command: commands.waits,
    environment: [],
    network: undefined,
    user: undefined,
    memory: undefined,
    cpus: undefined,
    pids: 64,
  }
  onTestFinished(async () => {
    const left = await engine.findContainer(spec.name, calm)
    if (left) await engine.removeContainer(left.id, calm)
  })
  return { ...fixture, spec }
}
