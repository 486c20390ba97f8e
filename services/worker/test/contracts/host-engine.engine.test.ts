import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { busyboxLayer, type PrivateEngine, startPrivateEngine } from '@slipway/lab'
import Docker from 'dockerode'
import { afterAll, beforeAll } from 'vitest'
import { createDockerInventory } from '../../src/adapters/docker-inventory.ts'
import { createDockerDeletions } from '../../src/adapters/docker-prune.ts'
import { tar } from '../tar.ts'
import { describeHostEngine } from './host-engine.ts'

const say = () => {}
let folder = ''
let engine: PrivateEngine
let docker: Docker
let base = ''

// One of its own: on the engine of this machine others come and go.
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-h-'))
  engine = await startPrivateEngine({ folder: join(folder, 'e'), say })
  docker = new Docker({ socketPath: engine.socket })
  base = 'base:1'
  await load((await busyboxLayer({ say })).bytes, base)
})
afterAll(async () => {
  await engine?.stop()
  await rm(folder, { recursive: true, force: true })
})

describeHostEngine('Docker', async () => ({
  inventory: createDockerInventory(docker),
  deletions: createDockerDeletions(docker),
  async image([first = '', ...others]) {
    const made = await docker.createContainer({ Image: base, Cmd: ['sleep', '600'] })
    const layer = tar([{ name: 'own', content: randomBytes(8).toString('hex') }])
    await made.putArchive(Readable.from([layer]), { path: '/' })
    const [repo, tag] = first.split(':')
    const { Id: id }: { Id: string } = await made.commit({ repo, tag })
    await made.remove()
    for (const name of others) await tagImage(id, name)
    return id
  },
  tag: tagImage,
  async container({ image, runs = false, network, volume }) {
    const made = await docker.createContainer({
      Image: image,
      Cmd: ['sleep', '600'],
      HostConfig: {
        NetworkMode: network ?? 'none',
        ...(volume ? { Mounts: [{ Type: 'volume', Source: volume, Target: '/v' }] } : {}),
      },
    })
    if (runs) await made.start()
    return made.id
  },
  network: async (name) => (await docker.createNetwork({ Name: name, Driver: 'bridge' })).id,
  volume: async (name) => void (await docker.createVolume({ Name: name })),
  build: async () => {
    await build(`FROM scratch\nCOPY own /one\nCOPY own /two\nCOPY Dockerfile /three\n`)
    return true
  },
}))

async function tagImage(id: string, name: string): Promise<void> {
  const [repo = '', tag = ''] = name.split(':')
  await docker.getImage(id).tag({ repo, tag })
}

async function load(archive: Buffer, name: string): Promise<void> {
  const [repo = '', tag = ''] = name.split(':')
  const stream = await docker.importImage(Readable.from([archive]), { repo, tag })
  await buffer(stream)
}

/** By BuildKit, which the client of these tests cannot ask for. */
async function build(dockerfile: string): Promise<void> {
  const context = tar([
    { name: 'Dockerfile', content: dockerfile },
    { name: 'own', content: randomBytes(8).toString('hex') },
  ])
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const headers = { 'Content-Type': 'application/x-tar' }
  const call = request(
    { socketPath: engine.socket, path: '/build?version=2&t=built:1', method: 'POST', headers },
    (answer) => void buffer(answer).then((bytes) => resolve(bytes.toString()), reject),
  )
  call.on('error', reject)
  call.end(context)
  const said = await promise
  if (!said.includes('Successfully tagged')) throw new Error(said.slice(-500))
}
