import type { Readable } from 'node:stream'
import {
  formatImageName,
  type ImageName,
  keptIn,
  runLabels as labels,
  type RegistryCredentials,
  SlipwayError,
} from '@slipway/core'
import type Docker from 'dockerode'
import { abortable } from '../abortable.ts'
import type {
  ContainerEngine,
  ContainerFacts,
  ContainerPurpose,
  ContainerSpec,
  OwnContainer,
  PullRequest,
  SourceArchive,
} from '../ports/container-engine.ts'
import { callEngine, statusOf } from './docker-errors.ts'
import { followContainerOutput } from './docker-output.ts'
import { pullStalled, readPullStream } from './pull-stream.ts'

const closeDeadline = 30_000
const callDeadline = 60_000

/** The real engine, over dockerode; `host` tells containers of this worker from those of others on the same engine. */
export function createDockerEngine(docker: Docker, host: string): ContainerEngine {
  const labelsOf = (purpose: ContainerPurpose) => ({ ...purposeLabels(purpose), [labels.host]: host })
  const ownLabel = `${labels.host}=${host}`
  const byDigest = (image: ImageName, digest: string) => `${formatImageName(image)}@${digest}`

  function inspectImage(name: string, signal: AbortSignal): Promise<Docker.ImageInspectInfo | null> {
    // The one call of the client that passes no signal on.
    const inspect = () => abortable(docker.getImage(name).inspect(), limited(signal))
    return orNull(`looking for ${name}`, signal, inspect)
  }

  async function hasImage(image: ImageName, digest: string, signal: AbortSignal): Promise<boolean> {
    const facts = await inspectImage(byDigest(image, digest), signal)
    return facts?.RepoDigests?.some((known) => known.endsWith(`@${digest}`)) === true
  }

  async function removeName(name: string, signal: AbortSignal): Promise<void> {
    const remove = () => docker.getImage(name).remove({ abortSignal: limited(signal) })
    // The engine itself refuses (409) while a container needs the image.
    await orNull(`forgetting ${name}`, signal, remove, [404, 409])
  }

  async function removeContainer(id: string, signal: AbortSignal): Promise<void> {
    const options = { force: true, v: true, abortSignal: limited(signal) }
    // 409: somebody removes it at this moment.
    const remove = () => docker.getContainer(id).remove(options)
    await orNull(`removing the container ${id}`, signal, remove, [404, 409])
  }

  function list(filters: { label: string[] }, signal: AbortSignal): Promise<Docker.ContainerInfo[]> {
    const call = () => docker.listContainers({ all: true, filters, abortSignal: limited(signal) })
    return callEngine('listing containers', signal, call)
  }

  return {
    hasImage,
    removeContainer,

    async pull({ image, digest, credentials, inactivity, signal, onProgress }: PullRequest) {
      const name = byDigest(image, digest)
      const stop = new AbortController()
      const options = {
        fromImage: formatImageName(image),
        tag: digest,
        abortSignal: AbortSignal.any([signal, stop.signal]),
      }
      // The host goes with the credentials: the engine hands them to no other.
      const auth = credentials ? { ...authOf(credentials), serveraddress: image.registry } : {}
      // The engine answers only when the registry has answered it; the stream watches itself after that.
      const silence = setTimeout(() => stop.abort(), inactivity)
      try {
        const stream = await callEngine(`pulling ${name}`, signal, () => docker.createImage(auth, options))
        clearTimeout(silence)
        await readPullStream(stream as Readable, { inactivity, onProgress })
      } catch (error) {
        clearTimeout(silence)
        const wasSilent = stop.signal.aborted
        // The engine ends a pull when its caller goes away.
        stop.abort()
        signal.throwIfAborted()
        throw wasSilent ? pullStalled(inactivity) : pullRefused(error)
      }
      if (!(await hasImage(image, digest, signal))) {
        throw new SlipwayError(
          'PULL_FAILED',
          `The pull of ${name} ended well, but the engine does not have this digest.`,
        )
      }
    },

    async keepImage(image, digest, { project, seq }, signal) {
      const name = byDigest(image, digest)
      const options = { repo: `${keptIn}${project}`, tag: String(seq), abortSignal: limited(signal) }
      const keep = async () => {
        await docker.getImage(name).tag(options)
        return true
      }
      const isKept = await orNull(`naming ${name}`, signal, keep)
      // Another project that had it too let go of it a moment ago.
      if (!isKept) throw new SlipwayError('PULL_FAILED', `The image ${name} went before it could be kept.`)
    },

    async forgetImage(image, digest, { project, seq }, signal) {
      await removeName(`${keptIn}${project}:${seq}`, signal)
      const name = byDigest(image, digest)
      const facts = await inspectImage(name, signal)
      // Whoever else keeps it runs its containers by the name that all of them share.
      if (facts?.RepoTags?.some((tag) => tag.startsWith(keptIn))) return
      await removeName(name, signal)
    },

    async openSource({ image, digest, path, purpose }, signal): Promise<SourceArchive> {
      const name = byDigest(image, digest)
      // Never started, so what it would run does not matter; an image without a command needs one to be created.
      const created = await callEngine(`creating a container of ${name}`, signal, () =>
        docker.createContainer({
          Image: name,
          Entrypoint: ['/slipway-never-started'],
          Labels: labelsOf(purpose),
          NetworkDisabled: true,
          HostConfig: { NetworkMode: 'none' },
          abortSignal: limited(signal),
        }),
      )
      const close = () => removeContainer(created.id, AbortSignal.timeout(closeDeadline)).catch(() => {})
      try {
        // Before the archive is opened: the engine answers nothing about a container while it packs what is in it.
        const isPlain = await hasPlainWay(created, path, signal)
        const stream = (await readArchive(created, path, name, signal)) as Readable
        const closeBoth = () => {
          stream.destroy()
          return close()
        }
        return { stream, isPlain, close: closeBoth }
      } catch (error) {
        await close()
        throw error
      }
    },

    async findContainer(name, signal): Promise<ContainerFacts | null> {
      const inspect = () => docker.getContainer(name).inspect({ abortSignal: limited(signal) })
      const facts = await orNull(`looking for the container ${name}`, signal, inspect)
      if (!facts) return null
      const { Status: status, ExitCode: exitCode } = facts.State
      const state = status === 'created' ? 'created' : facts.State.Running ? 'running' : 'exited'
      return {
        id: facts.Id,
        state,
        exitCode: state === 'exited' ? exitCode : null,
        release: facts.Config.Labels?.[labels.release] ?? '',
      }
    },

    async runContainer(spec, signal) {
      const container = await callEngine(`creating ${spec.name}`, signal, () =>
        docker.createContainer({
          ...createOptions(spec, byDigest(spec.image, spec.digest)),
          Labels: labelsOf(spec.purpose),
          abortSignal: limited(signal),
        }),
      )
      try {
        await callEngine(`starting ${spec.name}`, signal, () =>
          container.start({ abortSignal: limited(signal) }),
        )
      } catch (error) {
        await removeContainer(container.id, AbortSignal.timeout(closeDeadline)).catch(() => {})
        throw error
      }
      return container.id
    },

    followOutput: (id, onLine, signal) =>
      callEngine(`reading the output of ${id}`, signal, () =>
        followContainerOutput(docker.getContainer(id), onLine, signal),
      ),

    async waitForExit(id, signal) {
      const answer = await callEngine(`waiting for ${id}`, signal, () =>
        docker.getContainer(id).wait({ abortSignal: signal }),
      )
      return Number(answer.StatusCode)
    },

    async stopContainer(id, grace, signal) {
      const options = { t: Math.ceil(grace / 1_000), abortSignal: signal }
      await orNull(`stopping ${id}`, signal, () => docker.getContainer(id).stop(options), [304, 404])
    },

    async sweepSources(project, signal) {
      const filters = { label: [`${labels.project}=${project}`, `${labels.role}=source`, ownLabel] }
      const found = await list(filters, signal)
      for (const { Id: id } of found) await removeContainer(id, signal)
    },

    async ownContainers(signal) {
      return (await list({ label: [ownLabel] }, signal)).flatMap(readOwn)
    },
  }
}

function authOf(credentials: RegistryCredentials): Docker.AuthConfigObject {
  return 'token' in credentials ? { registrytoken: credentials.token } : credentials
}

/** A 5xx is the engine telling that it could not reach the registry; what it refuses itself is below. */
function pullRefused(error: unknown): unknown {
  if (!(error instanceof SlipwayError) || !(Number(error.details.status) >= 500)) return error
  return new SlipwayError('PULL_FAILED', error.message, { cause: error })
}

async function readArchive(container: Docker.Container, path: string, image: string, signal: AbortSignal) {
  try {
    return await callEngine(`reading ${path} of ${image}`, signal, () =>
      container.getArchive({ path, abortSignal: signal }),
    )
  } catch (error) {
    if (!(error instanceof SlipwayError) || error.details.status !== 404) throw error
    throw new SlipwayError('SOURCE_MISSING', `The image ${image} has no ${path}.`, { cause: error })
  }
}

/** Of the mode of a file, as the engine writes it. */
const linkBit = 2 ** 27

/** True when no folder that holds the path is a link. What cannot be told is none. */
async function hasPlainWay(container: Docker.Container, path: string, signal: AbortSignal): Promise<boolean> {
  for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) {
    const folder = path.slice(0, at)
    const look = () => container.infoArchive({ path: folder, abortSignal: limited(signal) })
    const answer: unknown = await orNull(`looking at ${folder}`, signal, look)
    const mode = modeIn(answer)
    if (mode === null || (mode & linkBit) !== 0) return false
  }
  return true
}

function modeIn(answer: unknown): number | null {
  const headers = typeof answer === 'object' && answer !== null && 'headers' in answer ? answer.headers : null
  const stat = headers && Reflect.get(headers, 'x-docker-container-path-stat')
  if (typeof stat !== 'string') return null
  const { mode }: { mode?: unknown } = JSON.parse(Buffer.from(stat, 'base64').toString('utf8'))
  return typeof mode === 'number' ? mode : null
}

function createOptions(spec: ContainerSpec, image: string): Docker.ContainerCreateOptions {
  return {
    name: spec.name,
    Image: image,
    Env: [...spec.environment],
    ...(spec.command === undefined ? {} : { Entrypoint: [...spec.command], Cmd: [] }),
    ...(spec.user === undefined ? {} : { User: spec.user }),
    HostConfig: {
      NetworkMode: spec.network ?? 'none',
      SecurityOpt: ['no-new-privileges'],
      // Root in it is root without powers: it may not even read what another user alone may read.
      CapDrop: ['ALL'],
      PidsLimit: spec.pids,
      // As much with swap as without: a limit that swaps is a host that swaps.
      ...(spec.memory === undefined ? {} : { Memory: spec.memory, MemorySwap: spec.memory }),
      ...(spec.cpus === undefined ? {} : { NanoCpus: Math.round(spec.cpus * 1e9) }),
      Init: true,
      LogConfig: { Type: 'json-file', Config: { 'max-size': '10m', 'max-file': '1' } },
    },
  }
}

function purposeLabels({ project, role, release, deployment }: ContainerPurpose): Record<string, string> {
  return {
    [labels.project]: project,
    [labels.role]: role,
    [labels.release]: release,
    [labels.deployment]: deployment,
  }
}

function readOwn({ Id: id, State, Created, Labels: found }: Docker.ContainerInfo): OwnContainer[] {
  const role = found[labels.role]
  if (role !== 'source' && role !== 'migrate' && role !== 'before') return []
  const state =
    State === 'created' ? 'created' : State === 'exited' || State === 'dead' ? 'exited' : 'running'
  return [
    {
      id,
      state,
      // A list does not tell it.
      exitCode: null,
      release: found[labels.release] ?? '',
      project: found[labels.project] ?? '',
      role,
      createdAt: Created * 1_000,
    },
  ]
}

/** Null when the engine says that there is no such thing (or another status that is no error here). */
async function orNull<T>(
  doing: string,
  signal: AbortSignal,
  call: () => Promise<T>,
  harmless: readonly number[] = [404],
): Promise<T | null> {
  return callEngine(doing, signal, async () => {
    try {
      return await call()
    } catch (error) {
      const status = statusOf(error)
      if (status !== null && harmless.includes(status)) return null
      throw error
    }
  })
}

function limited(signal: AbortSignal): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(callDeadline)])
}
