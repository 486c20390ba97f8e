import { runLabel } from '@slipway/lab'
import { afterAll, beforeAll } from 'vitest'
import { createDockerServices } from '../../src/adapters/docker-services.ts'
import type { ServiceImage } from '../../src/ports/service-manager.ts'
import { openServiceBench, type ServiceBench } from '../service-bench.ts'
import { newName } from './container-engine.ts'
import { describeServiceManager } from './service-manager.ts'

let bench: ServiceBench
let before: ServiceImage
let ended: string
let images: Readonly<Record<'first' | 'second' | 'unwell', ServiceImage>>

beforeAll(async () => {
  bench = await openServiceBench()
  before = await bench.image('v0')
  ended = await bench.startForAll(before, { Cmd: ['true'] })
  await bench.docker.getContainer(ended).wait()
  images = {
    first: await bench.image('v1'),
    second: await bench.image('v2'),
    unwell: await bench.image('v3', { Cmd: ['sh', '-c', 'echo broken; exit 3'] }),
  }
})

afterAll(() => bench?.close())

describeServiceManager('Docker', async () => {
  const label = newName()
  const running = await bench.start(before, { Labels: { [label]: 'web', 'slipway-test.tier': label } })
  await bench.untilSaid(running, /started/)
  return {
    services: createDockerServices(bench.docker),
    containers: { running, ended, missing: newName() },
    labels: { one: label, other: `slipway-test.tier=${label}`, missing: `${runLabel}=nobody` },
    images,
    async heard(what) {
      if (what.startsWith('/')) await bench.docker.getContainer(running).infoArchive({ path: what })
      else
        await bench.untilSaid(running, what === 'restart' ? /started.*started/s : new RegExp(`heard ${what}`))
    },
    identity: async () => (await bench.inspect(running)).Id,
  }
})
