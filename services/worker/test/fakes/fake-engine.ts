import { setTimeout as pause } from 'node:timers/promises'
import { SlipwayError } from '@slipway/core'
import type {
  ContainerEngine,
  ContainerFacts,
  ContainerPurpose,
  ContainerSpec,
} from '../../src/ports/container-engine.ts'
import { sourceTar, streamOf } from '../tar.ts'

/** What a command does: what it prints and how it ends; without an exit code it runs until it is stopped. */
export interface Program {
  readonly lines?: readonly string[]
  readonly exitCode?: number
}

export interface FakeEngine extends ContainerEngine {
  /** What the registry would give: digest to the files of its source, by their paths. */
  readonly images: Map<string, Readonly<Record<string, string>>>
  readonly pulled: Set<string>
  readonly kept: string[]
  /** What commands do, by their first word. */
  readonly programs: Map<string, Program>
  readonly networks: Set<string>
  readonly containers: Map<string, FakeContainer>
  /** Every container that was ever run, in order. */
  readonly ran: ContainerSpec[]
  readonly openSources: Map<string, FakeSource>
  /** A migration that an earlier run left behind, or what it ran before one; its name says which. */
  leave(
    name: string,
    release: string,
    state: ContainerFacts['state'],
    program: Program,
    createdAt?: number,
  ): void
  /** Ends a running container. */
  end(name: string, exitCode: number): void
}

interface FakeSource {
  readonly purpose: ContainerPurpose
  readonly createdAt: number
}

interface FakeContainer {
  readonly id: string
  readonly name: string
  readonly project: string
  readonly role: ContainerPurpose['role']
  readonly release: string
  readonly createdAt: number
  readonly program: Program
  state: ContainerFacts['state']
  exitCode: number | null
}

const sourcePath = '/var/www/app'
const stoppedExitCode = 143
const notFoundExitCode = 127

/** An engine whose images all hold their source at `/var/www/app`. */
export function createFakeEngine(
  images: Readonly<Record<string, Readonly<Record<string, string>>>> = {},
): FakeEngine {
  const containers = new Map<string, FakeContainer>()
  let made = 0

  const byId = (id: string) => [...containers.values()].find((one) => one.id === id)
  const add = (one: Omit<FakeContainer, 'id'>) => {
    made += 1
    const container = { id: `id-${made}`, ...one }
    containers.set(one.name, container)
    return container
  }
  const ended = async (id: string, signal: AbortSignal) => {
    while (byId(id)?.state === 'running')
      await pause(1, undefined, { signal }).catch(() => signal.throwIfAborted())
    return byId(id)?.exitCode ?? 0
  }

  const engine: FakeEngine = {
    images: new Map(Object.entries(images)),
    pulled: new Set(),
    kept: [],
    programs: new Map(),
    networks: new Set(['shop_default']),
    containers,
    ran: [],
    openSources: new Map(),
    leave: (name, release, state, program, createdAt = 0) =>
      void add({
        name,
        project: name.replace(/^slipway-(?:migrate|before)-/, ''),
        role: name.startsWith('slipway-before-') ? 'before' : 'migrate',
        release,
        createdAt,
        program,
        state,
        exitCode: state === 'exited' ? (program.exitCode ?? 0) : null,
      }),
    end(name, exitCode) {
      const container = containers.get(name)
      if (container) Object.assign(container, { state: 'exited', exitCode })
    },

    async hasImage(_image, digest, signal) {
      signal.throwIfAborted()
      return engine.pulled.has(digest)
    },
    async pull({ digest, onProgress, signal }) {
      signal.throwIfAborted()
      if (!engine.images.has(digest)) throw refused('manifest unknown')
      engine.pulled.add(digest)
      onProgress(`Digest: ${digest}`)
    },
    async keepImage(_image, digest, { project, seq }) {
      engine.kept.push(`${project}:${seq} ${digest}`)
    },
    async forgetImage(_image, digest, { project, seq }) {
      const name = `${project}:${seq} ${digest}`
      if (engine.kept.includes(name)) engine.kept.splice(engine.kept.indexOf(name), 1)
      if (!engine.kept.some((other) => other.endsWith(` ${digest}`))) engine.pulled.delete(digest)
    },
    async openSource({ digest, path, purpose }, signal) {
      signal.throwIfAborted()
      const files = engine.images.get(digest)
      if (!files || !engine.pulled.has(digest)) throw refused('no such image')
      if (path !== sourcePath) throw new SlipwayError('SOURCE_MISSING', `The image has no ${path}.`)
      made += 1
      const id = `source-${made}`
      engine.openSources.set(id, { purpose, createdAt: Date.now() })
      const close = async () => void engine.openSources.delete(id)
      return { stream: streamOf(sourceTar(files)), isPlain: true, close }
    },
    async findContainer(name, signal) {
      signal.throwIfAborted()
      const found = containers.get(name)
      return found
        ? { id: found.id, state: found.state, exitCode: found.exitCode, release: found.release }
        : null
    },
    async runContainer(spec, signal) {
      signal.throwIfAborted()
      if (containers.has(spec.name)) throw refused('the name is taken')
      if (spec.network !== undefined && !engine.networks.has(spec.network)) throw refused('no such network')
      const program = engine.programs.get(spec.command?.[0] ?? '') ?? { exitCode: notFoundExitCode }
      engine.ran.push(spec)
      const runs = program.exitCode === undefined
      const { id } = add({
        name: spec.name,
        project: spec.purpose.project,
        role: spec.purpose.role,
        release: spec.purpose.release,
        createdAt: Date.now(),
        program,
        state: runs ? 'running' : 'exited',
        exitCode: runs ? null : (program.exitCode ?? 0),
      })
      return id
    },
    async followOutput(id, onLine, signal) {
      signal.throwIfAborted()
      for (const line of byId(id)?.program.lines ?? []) onLine(line)
      await ended(id, signal)
    },
    async waitForExit(id, signal) {
      signal.throwIfAborted()
      return ended(id, signal)
    },
    async stopContainer(id) {
      const found = byId(id)
      if (found?.state === 'running') Object.assign(found, { state: 'exited', exitCode: stoppedExitCode })
    },
    async removeContainer(id) {
      const found = byId(id)
      if (found) containers.delete(found.name)
      engine.openSources.delete(id)
    },
    async ownContainers(signal) {
      signal.throwIfAborted()
      const migrations = [...containers.values()].map(({ id, project, role, release, state, createdAt }) => ({
        ...({ id, project, role, release, state, exitCode: null, createdAt } as const),
      }))
      const sources = [...engine.openSources].map(([id, { purpose, createdAt }]) => ({
        ...({ id, project: purpose.project, role: 'source', release: purpose.release } as const),
        ...({ state: 'created', exitCode: null, createdAt } as const),
      }))
      return [...migrations, ...sources]
    },
    async sweepSources(project) {
      for (const [id, { purpose }] of engine.openSources)
        if (purpose.project === project) engine.openSources.delete(id)
    },
  }
  return engine
}

function refused(why: string): SlipwayError {
  return new SlipwayError('ENGINE_FAILED', `The engine refused: ${why}.`)
}
