import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ImageName } from '@slipway/core'
import {
  ensureMachine,
  type LabRegistry,
  push,
  type RegistryOptions,
  runLabel,
  startRegistry,
  sweepThisRun,
  thisRun,
} from '@slipway/lab'
import Docker from 'dockerode'
import { streamOf } from './tar.ts'

/** A real engine with a registry beside it. */
export interface RealEngine {
  readonly docker: Docker
  readonly registry: LabRegistry
  /** Makes an image whose whole content is this archive, pushes it, and takes it off the engine again. */
  offer(repository: string, archive: Uint8Array, changes?: readonly string[]): Promise<OfferedImage>
  /** Pushes an image of the engine under another name. */
  offerTagged(repository: string, tag: string): Promise<OfferedImage>
  /** Takes an image off the engine, if it is there. */
  forget(offered: OfferedImage): Promise<void>
  /** How many containers a project has for reading sources. */
  sources(project: string): Promise<number>
  close(): Promise<void>
}

export interface OfferedImage {
  readonly image: ImageName
  readonly digest: string
}

/** What the containers and images of these tests carry, so that they are swept. */
export const swept = { [runLabel]: thisRun }
// Progress of the lab belongs to nobody here.
const say = () => {}

export async function openRealEngine(options: Pick<RegistryOptions, 'user'> = {}): Promise<RealEngine> {
  const stateDir = await mkdtemp(join(tmpdir(), 'worker-engine-'))
  const machine = await ensureMachine({ stateDir, say })
  if (!machine.ok) throw new Error(machine.why)
  const docker = new Docker()
  const registry = await startRegistry({ ...options, say })

  const offers: OfferedImage[] = []

  async function offerTagged(repository: string, tag: string): Promise<OfferedImage> {
    const name = `${registry.host}/${repository}`
    await docker.getImage(tag).tag({ repo: name, tag: 'latest' })
    const digest = await push(`${name}:latest`, options.user)
    await docker.getImage(`${name}:latest`).remove({ force: true })
    const offered = { image: { registry: registry.host, repository }, digest }
    offers.push(offered)
    return offered
  }

  async function forget({ image, digest }: OfferedImage): Promise<void> {
    const name = `${image.registry}/${image.repository}@${digest}`
    await docker
      .getImage(name)
      .remove({ force: true })
      .catch((error: { statusCode?: number }) => {
        if (error.statusCode !== 404) throw error
      })
  }

  return {
    docker,
    registry,
    offerTagged,
    async offer(repository, archive, changes = []) {
      const tag = `${registry.host}/${repository}:made`
      const label = `LABEL ${runLabel}=${thisRun}`
      const made = await docker.importImage(streamOf(archive, 65_536), {
        repo: `${registry.host}/${repository}`,
        tag: 'made',
        changes: [label, ...changes],
      })
      await new Promise((resolve, reject) => {
        docker.modem.followProgress(made, (error, events) => (error ? reject(error) : resolve(events)))
      })
      const offered = await offerTagged(repository, tag)
      await docker.getImage(tag).remove({ force: true })
      return offered
    },
    forget,
    async sources(project) {
      const filters = { label: [`slipway.project=${project}`, 'slipway.role=source'] }
      return (await docker.listContainers({ all: true, filters })).length
    },
    async close() {
      await registry.stop()
      // Not all of them carry our label: some are names for an image of the lab.
      for (const offered of offers) await forget(offered)
      await sweepThisRun()
      await machine.stop()
      await rm(stateDir, { recursive: true, force: true })
    },
  }
}
