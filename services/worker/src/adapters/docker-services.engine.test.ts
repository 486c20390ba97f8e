import { randomInt } from 'node:crypto'
import { formatImageName, type Service } from '@slipway/core'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { newName } from '../../test/contracts/container-engine.ts'
import { calm, failureOf } from '../../test/failure.ts'
import { openServiceBench, type ServiceBench } from '../../test/service-bench.ts'
import type { ReloadRequest, ServiceImage } from '../ports/service-manager.ts'
import { createDockerServices } from './docker-services.ts'
import type { Reached } from './services/swap.ts'

let bench: ServiceBench
let v1: ServiceImage
let v2: ServiceImage

beforeAll(async () => {
  bench = await openServiceBench()
  v1 = await bench.image('v1', { Env: ['FROM=old'], Labels: { stage: 'old' }, Volumes: { '/nameless': {} } })
  v2 = await bench.image('v2', { Env: ['FROM=new'], Labels: { stage: 'new' }, Volumes: { '/nameless': {} } })
})

afterAll(() => bench?.close())

describe('a container that is recreated', () => {
  it('keeps what was set on it, and takes the rest from its new image', async () => {
    const name = await bench.start(v1, {
      Env: ['OWN=kept', 'VERSION=mine'],
      Labels: {
        'com.docker.compose.project': 'shop',
        'com.docker.compose.image': 'sha256:old',
      },
      StopTimeout: 3,
      HostConfig: { RestartPolicy: { Name: 'on-failure', MaximumRetryCount: 2 }, Memory: 64e6 },
    })
    const before = await bench.inspect(name)

    await recreate(name, forward('r1', v2))

    const { Config, HostConfig, Image } = await bench.inspect(name)
    expect(Config.Env).toEqual(expect.arrayContaining(['OWN=kept', 'VERSION=mine', 'FROM=new']))
    expect(Config.Env).not.toContain('FROM=old')
    expect(Config.Labels).toMatchObject({
      'com.docker.compose.project': 'shop',
      'com.docker.compose.image': Image,
      stage: 'new',
    })
    expect(Config).toMatchObject({ StopTimeout: 3 })
    expect(Config.Hostname).not.toBe(before.Config.Hostname)
    expect(HostConfig).toMatchObject({
      RestartPolicy: { Name: 'on-failure', MaximumRetryCount: 2 },
      Memory: before.HostConfig.Memory,
    })
  })

  it('keeps the data of its volumes, those without a name too, when it stays and when it goes', async () => {
    const volume = `slipway-test-${Date.now()}`
    await bench.docker.createVolume({ Name: volume })
    onTestFinished(() => vi.waitFor(() => bench.docker.getVolume(volume).remove({}), { timeout: 5_000 }))
    const name = await bench.start(v1, { HostConfig: { Binds: [`${volume}:/named`] } })
    await bench.output(name, 'touch', '/named/one', '/nameless/two')

    await recreate(name, forward('r1', v2))
    await services().commit('shop', calm)
    await failureOf(recreate(name, forward('r2', await unwell())))

    expect(await bench.output(name, 'ls', '/named', '/nameless')).toMatch(/one.*two/s)
    expect(await namesLike(name)).toEqual([name])
  })

  it('keeps its networks with aliases and addresses, and its published port', async () => {
    // Others may run this at the same time, on the same engine.
    const subnet = `10.${randomInt(200, 250)}.${randomInt(0, 256)}`
    const first = await bench.network({ IPAM: { Driver: 'default', Config: [{ Subnet: `${subnet}.0/24` }] } })
    const second = await bench.network()
    const name = await bench.start(v1, {
      Hostname: 'shop-web',
      ExposedPorts: { '80/tcp': {} },
      HostConfig: {
        NetworkMode: first,
        PortBindings: { '80/tcp': [{ HostIp: '127.0.0.1', HostPort: '0' }] },
      },
      NetworkingConfig: {
        EndpointsConfig: { [first]: { Aliases: ['web'], IPAMConfig: { IPv4Address: `${subnet}.9` } } },
      },
    })
    await bench.docker.getNetwork(second).connect({ Container: name, EndpointConfig: { Aliases: ['back'] } })

    await recreate(name, forward('r1', v2))

    const { NetworkSettings, Config } = await bench.inspect(name)
    expect(NetworkSettings.Networks[first]?.Aliases).toContain('web')
    expect(NetworkSettings.Networks[first]?.IPAddress).toBe(`${subnet}.9`)
    expect(NetworkSettings.Networks[second]?.Aliases).toContain('back')
    expect(NetworkSettings.Ports['80/tcp']).toHaveLength(1)
    expect(Config.Hostname).toBe('shop-web')
    await bench.docker.getContainer(name).remove({ force: true })
    await services().reload(serviceOf(name), back('r1', null), calm)
    expect((await bench.inspect(name)).NetworkSettings.Networks[first]?.IPAddress).toBe(`${subnet}.9`)
  })

  it('goes on under the tag by which it was made, when that is the one of the push', async () => {
    const tagged = `${formatImageName(v1.name)}:stable`
    // Images of its own: with its last tag the engine takes the digest of an image away too.
    const [old, next] = [await bench.image('v3'), await bench.image('v4')]
    const byDigest = `${formatImageName(old.name)}@${old.digest}`
    await bench.docker.getImage(byDigest).tag({ repo: formatImageName(old.name), tag: 'stable' })
    onTestFinished(() => bench.docker.getImage(tagged).remove())
    const name = await bench.start(old, { Image: tagged })
    const before = await bench.inspect(name)

    await recreate(name, forward('r1', { ...next, tag: 'stable' }))

    const after = await bench.inspect(name)
    expect(after.Config.Image).toBe(tagged)
    expect((await bench.docker.getImage(tagged).inspect()).Id).toBe(after.Image)
    await recreate(name, back('r1', null))
    expect((await bench.docker.getImage(tagged).inspect()).Id).toBe(before.Image)
  })

  it('says how a new one ended, with its last words but no secret of it, and has the old one as it was', async () => {
    const name = await bench.start(v1, {
      Env: ['DB_PASSWORD=horse-battery'],
      HostConfig: { RestartPolicy: { Name: 'always' } },
    })
    const before = await bench.inspect(name)

    const error = await failureOf(recreate(name, forward('r1', await unwell())))

    expect(error.code).toBe('SERVICE_UNHEALTHY')
    expect(error.message).toMatch(/it ended .*no database here for \[redacted\]/)
    const after = await bench.inspect(name)
    expect(after).toMatchObject({ Id: before.Id, State: { Running: true } })
    expect(after.HostConfig.RestartPolicy?.Name).toBe('always')
    expect(await namesLike(name)).toEqual([name])
  })

  it('is the old one again when the engine refuses to start the new one', async () => {
    const name = await bench.start(v1)
    const { Id } = await bench.inspect(name)
    const noProgram = await bench.image('none', { Cmd: ['/no/such/program'] })

    const error = await failureOf(recreate(name, forward('r1', noProgram)))

    expect(error.code).toBe('SERVICE_UNHEALTHY')
    expect(error.message).toContain('/no/such/program')
    expect(await bench.inspect(name)).toMatchObject({ Id, State: { Running: true } })
  })

  it('is the old one again when the run is stopped before the new one was seen to be well', async () => {
    const name = await bench.start(v1)
    const { Id } = await bench.inspect(name)
    const stop = new AbortController()
    const stopping = services((place) => {
      if (place === 'recreate:check') stop.abort(new Error('enough'))
    })

    const walk = stopping.reload(serviceOf(name), forward('r1', v2), stop.signal)

    await expect(walk).rejects.toThrow('enough')
    expect(await bench.inspect(name)).toMatchObject({ Id, State: { Running: true } })
    expect(await namesLike(name)).toEqual([name])
  })

  it('is not touched when it would be gone for good', async () => {
    const name = await bench.start(v1, { HostConfig: { AutoRemove: true } })
    const before = await bench.inspect(name)

    const error = await failureOf(recreate(name, forward('r1', v2)))

    expect(error.message).toContain('--rm')
    expect((await bench.inspect(name)).State).toEqual(before.State)
  })
})

describe('a replacement whose worker died', () => {
  it.each(['give-name', 'take-name', 'start', 'check'] as const)(
    'is undone after a death before %s',
    async (place) => {
      const name = await bench.start(v1)
      const { Id } = await bench.inspect(name)
      await dieAt(place, name)

      await recreate(name, back('r1', null))

      expect(await bench.inspect(name)).toMatchObject({ Id, State: { Running: true } })
      expect(await namesLike(name)).toEqual([name])
    },
  )

  it('is brought to its end after a death while its health was waited for', async () => {
    const label = `slipway-test.${newName()}`
    const name = await bench.start(v1, { Labels: { [label]: '' } })
    await dieAt('check', name)
    const { Id } = await bench.inspect(name)

    await services().reload({ label: [label], timeout: 10_000, action: 'recreate' }, forward('r1', v2), calm)
    await services().commit('shop', calm)

    expect((await bench.inspect(name)).Id).toBe(Id)
    expect(await namesLike(name)).toEqual([name])
  })
})

it('gives up on a command that takes longer than its service may', async () => {
  const container = await bench.start(v1)
  const service: Service = { container, timeout: 300, action: 'exec', command: ['sleep', '5'] }

  const error = await failureOf(services().reload(service, forward('r1', 'own'), calm))

  expect(error.code).toBe('RELOAD_FAILED')
  expect(error.message).toContain('took longer than 300 ms')
})

const services = (reached?: Reached) => createDockerServices(bench.docker, reached)

async function recreate(name: string, request: ReloadRequest): Promise<void> {
  await services().reload(serviceOf(name), request, calm)
}

/** A worker that does nothing more once it got there. */
async function dieAt(place: string, name: string): Promise<void> {
  const dead = Promise.withResolvers<void>()
  const never = new Promise<void>(() => {})
  const dying = services((reached) => {
    if (reached !== `recreate:${place}`) return
    dead.resolve()
    return never
  })
  const walk = dying.reload(serviceOf(name), forward('r1', v2), calm)
  await Promise.race([dead.promise, walk])
}

/** What is there under the name of a container, or one made of it. */
async function namesLike(name: string): Promise<string[]> {
  const found = await bench.docker.listContainers({ all: true, filters: { name: [name] } })
  return found.map(({ Names }) => Names[0]?.slice(1) ?? '').toSorted()
}

function unwell(): Promise<ServiceImage> {
  return bench.image('bad', { Cmd: ['sh', '-c', 'echo no database here for $DB_PASSWORD; exit 3'] })
}

function forward(release: string, image: ReloadRequest['image']): ReloadRequest {
  return { project: 'shop', release, leaving: null, image }
}

function back(leaving: string, release: string | null): ReloadRequest {
  return { project: 'shop', release, leaving, image: 'before' }
}

function serviceOf(container: string): Service {
  return { container, timeout: 10_000, action: 'recreate' }
}
