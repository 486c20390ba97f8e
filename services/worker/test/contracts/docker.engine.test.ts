import { image as labImage } from '@slipway/lab'
import Docker from 'dockerode'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createDockerEngine } from '../../src/adapters/docker-engine.ts'
import { calm } from '../failure.ts'
import { type OfferedImage, openRealEngine, type RealEngine, swept } from '../real-engine.ts'
import { folder, streamOf, tar } from '../tar.ts'
import { describeContainerEngine, newName, pull, source } from './container-engine.ts'

const docker = new Docker()
let real: RealEngine
let offered: OfferedImage
let base = ''

beforeAll(async () => {
  real = await openRealEngine()
  base = await labImage('debian', { say: () => {} })
  offered = await withSource()
})

afterAll(() => real.close())

describeContainerEngine('Docker', async () => {
  await real.forget(offered)
  return {
    engine: createDockerEngine(docker, 'local'),
    ...offered,
    // The last line has no end: it must not be lost for that.
    commands: {
      speaks: ['sh', '-c', 'echo one; printf two >&2; exit 3'],
      waits: ['sleep', '600'],
      missing: ['/no/such/program'],
    },
    sources: real.sources,
  }
})

it('Docker neither tells nor sweeps the containers of a worker of another host on the same engine', async () => {
  const { image, digest } = offered
  const [mine, theirs] = ['web1', 'web2'].map((host) => createDockerEngine(docker, host))
  if (!mine || !theirs) throw new Error('there are two')
  const project = newName()
  await pull(mine, image, digest)
  const archive = await mine.openSource(
    { image, digest, path: '/var/www/app', purpose: source(project) },
    calm,
  )
  archive.stream.destroy()

  const told = (await theirs.ownContainers(calm)).filter((one) => one.project === project)
  await theirs.sweepSources(project, calm)

  expect(told).toEqual([])
  expect((await mine.ownContainers(calm)).filter((one) => one.project === project)).toHaveLength(1)
  await archive.close()
})

/** The base image with a source in it. */
async function withSource(): Promise<OfferedImage> {
  const made = await docker.createContainer({ Image: base, Labels: swept })
  const archive = tar([
    folder('var/www'),
    folder('var/www/app'),
    folder('var/www/app/public'),
    { name: 'var/www/app/public/index.php', content: '<?php' },
  ])
  await made.putArchive(streamOf(archive), { path: '/' })
  const tag = 'slipway-worker-contract'
  await made.commit({ repo: tag, tag: 'made' })
  await made.remove({ force: true })
  const result = await real.offerTagged('acme/contract', `${tag}:made`)
  await docker.getImage(`${tag}:made`).remove({ force: true })
  return result
}
