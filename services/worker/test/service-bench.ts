import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  busyboxLayer,
  ensureMachine,
  type ImageConfig,
  pushImage,
  runLabel,
  startRegistry,
  sweepThisRun,
  thisRun,
} from '@slipway/lab'
import Docker from 'dockerode'
import { onTestFinished, vi } from 'vitest'
import { createDockerEngine } from '../src/adapters/docker-engine.ts'
import type { ServiceImage } from '../src/ports/service-manager.ts'
import { calm } from './failure.ts'

/** A real engine with small images on it, for containers that are replaced. */
export interface ServiceBench {
  readonly docker: Docker
  /** Pushes an image that says its version, and has the engine pull it by its digest. */
  image(version: string, config?: ImageConfig): Promise<ServiceImage>
  /** A container of an image, gone with its successors at the end of the test. Resolves with its name. */
  start(image: ServiceImage, options?: Docker.ContainerCreateOptions): Promise<string>
  /** The same, but it stays until the bench is closed. */
  startForAll(image: ServiceImage, options?: Docker.ContainerCreateOptions): Promise<string>
  network(options?: Partial<Docker.NetworkCreateOptions>): Promise<string>
  inspect(name: string): Promise<Docker.ContainerInspectInfo>
  /** Resolves when its log has these words. */
  untilSaid(name: string, words: RegExp): Promise<void>
  /** What a command in it prints. */
  output(name: string, ...command: string[]): Promise<string>
  close(): Promise<void>
}

const say = () => {}
const tenthOfASecond = 100_000_000

/** Well as soon as it is asked, so that nobody waits for it. */
export const healthy = { Test: ['CMD', 'true'], Interval: tenthOfASecond, Retries: 1 }
/** Runs, says so, and says when it hears a signal. */
export const waits = [
  'sh',
  '-c',
  'trap "echo heard USR2" USR2; echo started $VERSION; while :; do sleep 0.05; done',
]

export async function openServiceBench(): Promise<ServiceBench> {
  const stateDir = await mkdtemp(join(tmpdir(), 'worker-services-'))
  const machine = await ensureMachine({ stateDir, say })
  if (!machine.ok) throw new Error(machine.why)
  const docker = new Docker()
  const registry = await startRegistry({ say })
  const engine = createDockerEngine(docker, 'local')
  const names = new Set<string>()
  const name = { registry: registry.host, repository: 'acme/web' }

  async function removeAll(base: string): Promise<void> {
    const found = await docker.listContainers({ all: true, filters: { name: [base] } })
    for (const { Id } of found) await docker.getContainer(Id).remove({ force: true, v: true })
  }

  async function startForAll(
    image: ServiceImage,
    options: Docker.ContainerCreateOptions = {},
  ): Promise<string> {
    const base = `slipway-test-${randomBytes(4).toString('hex')}`
    const container = await docker.createContainer({
      Image: `${image.name.registry}/${image.name.repository}@${image.digest}`,
      ...options,
      name: base,
      HostConfig: { Init: true, NetworkMode: 'none', ...options.HostConfig },
    })
    await container.start()
    return base
  }

  return {
    docker,
    async image(version, config = {}) {
      const { digest } = await pushImage({
        registry: registry.host,
        repository: name.repository,
        tags: [version],
        base: await busyboxLayer({ say }),
        config: {
          Cmd: waits,
          Healthcheck: healthy,
          ...config,
          Env: [`VERSION=${version}`, ...(config.Env ?? [])],
          Labels: { [runLabel]: thisRun, ...config.Labels },
        },
      })
      const request = { image: name, digest, credentials: null, inactivity: 30_000, signal: calm }
      await engine.pull({ ...request, onProgress: () => {} })
      names.add(`${name.registry}/${name.repository}@${digest}`)
      return { name, digest, tag: version }
    },
    startForAll,
    async start(image, options) {
      const base = await startForAll(image, options)
      onTestFinished(() => removeAll(base))
      return base
    },
    async network(options = {}) {
      const network = `slipway-test-${randomBytes(4).toString('hex')}`
      const made = await docker.createNetwork({ Name: network, Labels: { [runLabel]: thisRun }, ...options })
      // Those of its containers go before it.
      onTestFinished(() => vi.waitFor(() => made.remove(), { timeout: 5_000 }))
      return network
    },
    inspect: (container) => docker.getContainer(container).inspect(),
    async untilSaid(container, words) {
      const said = () => docker.getContainer(container).logs({ stdout: true, stderr: true })
      await vi.waitUntil(async () => words.test((await said()).toString()), { timeout: 10_000, interval: 50 })
    },
    async output(container, ...Cmd) {
      const exec = await docker.getContainer(container).exec({ Cmd, Tty: true, AttachStdout: true })
      const stream = await exec.start({ Tty: true })
      let text = ''
      for await (const chunk of stream) text += String(chunk)
      return text.trim()
    },
    async close() {
      await registry.stop()
      for (const image of names)
        await docker
          .getImage(image)
          .remove({ force: true })
          .catch(() => {})
      await sweepThisRun()
      await machine.stop()
      await rm(stateDir, { recursive: true, force: true })
    },
  }
}
