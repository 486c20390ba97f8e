import { fixedCredentials } from '@slipway/config-file'
import { createRedactor, type Deployment, type PollRecord } from '@slipway/core'
import type { RegistryClient } from '@slipway/registry'
import { createPollStore } from '@slipway/store'
import { pino } from 'pino'
import { createPoller, type Poller } from '../src/poll/poller.ts'
import type { Site } from '../src/rollout/run.ts'
import { calm } from './failure.ts'
import { createMemoryReleaseStore } from './fakes/memory-release-store.ts'
import { projectOf } from './project.ts'
import { newHost, openQueueRig, type QueueRig, type QueueRigOptions } from './queue-rig.ts'

export const every = 300_000

export interface PollRig extends QueueRig {
  /** What time it is for the poller; it passes by `pass` alone. */
  readonly clock: { now: number }
  /** Lines that the poller wrote to the log. */
  readonly said: { readonly level: string; readonly text: string; readonly project: string }[]
  /** How often each project asked, by its name. */
  readonly questions: Map<string, number>
  /** A poller of the host, as a worker has it from its start on. */
  begin(): Poller
  /** Lets an interval pass and polls once. */
  poll(poller?: Poller): Promise<void>
  pass(milliseconds: number): void
  deployments(): Promise<Deployment[]>
  polled(project?: string): Promise<PollRecord>
  /** What the registry does before it answers. */
  before: (project: string) => Promise<void>
}

export interface PollRigOptions extends QueueRigOptions {
  readonly hosts?: (own: string) => readonly string[]
  /** Names of further projects of the host that are polled. */
  readonly more?: readonly string[]
}

/** A host that polls, on a real Redis and a registry that does as it is told. */
export async function openPollRig(url: string, options: PollRigOptions = {}): Promise<PollRig> {
  const host = newHost()
  const { hosts = (own) => [own], more = [] } = options
  const project = { poll: { every: '5m' }, hosts: hosts(host), ...options.project }
  const rig = await openQueueRig(url, { ...options, host, project })
  const clock = { now: Date.UTC(2026, 10, 24, 2) }
  const said: PollRig['said'] = []
  const questions: PollRig['questions'] = new Map()
  const names: Readonly<Record<number, string>> = { 30: 'info', 40: 'warn' }
  const write = (line: string) => {
    const { level, msg: text, project = '' } = JSON.parse(line)
    said.push({ level: names[level] ?? '', text, project })
  }
  const others = more.map((name): Site => {
    const release = { root: `/srv/${name}` }
    const image = `registry.example.com/acme/${name}`
    const config = projectOf({ ...project, image, release })
    return {
      name,
      config,
      credentials: fixedCredentials(null),
      trustedKeys: [],
      releases: createMemoryReleaseStore(null),
    }
  })
  const asked = async (repository: string) => {
    const name = repository.replace('acme/', '')
    questions.set(name, (questions.get(name) ?? 0) + 1)
    await self.before(name)
  }
  const registry: Pick<RegistryClient, 'revalidate' | 'listTags'> = {
    async revalidate(request) {
      await asked(request.image.repository)
      return rig.registry.revalidate(request)
    },
    listTags: (request) => rig.registry.listTags(request),
  }
  let current: Poller | null = null
  const self: PollRig = {
    ...rig,
    clock,
    said,
    questions,
    before: async () => {},
    begin: () =>
      createPoller({
        host,
        sites: new Map([rig.site, ...others].map((site) => [site.name, site])),
        registry,
        store: rig.store,
        pushes: rig.pushes,
        book: createPollStore(rig.redis, host),
        timer: { now: () => clock.now },
        redact: createRedactor(['a-password']),
        log: pino({}, { write }),
      }),
    async poll(poller) {
      current ??= self.begin()
      clock.now += every
      await (poller ?? current)(calm)
    },
    pass: (milliseconds) => {
      clock.now += milliseconds
    },
    deployments: () => rig.store.deployments('shop', 50),
    async polled(name = 'shop') {
      const record = (await createPollStore(rig.redis, host).records([name])).get(name)
      if (!record) throw new Error(`${name} was never polled`)
      return record
    },
  }
  return self
}
