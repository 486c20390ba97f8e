import { stat } from 'node:fs/promises'
import Docker from 'dockerode'
import { expect, it } from 'vitest'
import { calm } from '../../test/failure.ts'
import { createDockerDisk } from './docker-disk.ts'

it('a local engine tells where it keeps images, once', async () => {
  const docker = new Docker()
  const { DockerRootDir: root } = (await docker.info()) as { DockerRootDir: string }
  const disk = createDockerDisk(docker, () => expect.unreachable())

  const path = await disk.path(calm)

  expect([root, '/var/lib/containerd']).toContain(path)
  expect((await stat(path ?? '')).isDirectory()).toBe(true)
  Object.assign(docker, { info: () => expect.unreachable() })
  expect(await disk.path(calm)).toBe(path)
})

it('the disk of an engine that is reached by network is not looked for here, which is told once', async () => {
  const told: string[] = []
  const disk = createDockerDisk(new Docker({ host: '127.0.0.1', port: 1 }), (why) => told.push(why))

  expect([await disk.path(calm), await disk.path(calm)]).toEqual([null, null])
  expect(told).toEqual(['the engine is reached by network'])
})

it('an engine that does not answer is asked again the next time', async () => {
  let asked = 0
  const docker = Object.assign(new Docker(), {
    async info() {
      asked += 1
      if (asked === 1) throw new Error('away')
      return { DockerRootDir: '/', DriverStatus: [['Backing Filesystem', 'extfs']] }
    },
  })
  const disk = createDockerDisk(docker, () => expect.unreachable())

  expect([await disk.path(calm), await disk.path(calm)]).toEqual([null, '/'])
})
