import { keptSuffix, SlipwayError } from '@slipway/core'
import type Docker from 'dockerode'
import type { ReloadRequest } from '../../ports/service-manager.ts'
import { callEngine } from '../docker-errors.ts'
import { type Containers, containersOf, type Facts } from './containers.ts'
import { makeNext } from './make-next.ts'
import { refusalOf } from './refusal.ts'

const callDeadline = 60_000

/** Told before each change of the engine, for faults to be injected there. */
export type Reached = (
  place: `recreate:${'create' | 'stop' | 'give-name' | 'take-name' | 'start' | 'check'}`,
) => void | Promise<void>

export interface SwapOptions {
  readonly docker: Docker
  readonly name: string
  readonly old: Facts
  readonly request: ReloadRequest
  readonly signal: AbortSignal
  readonly reached: Reached
}

/**
 * Puts a new container in the place of an old one, which stays, stopped, under another name. The new one is made first:
 * what the engine refuses costs nothing. Whoever calls it puts the old one back when it throws.
 */
export async function swap(options: SwapOptions): Promise<string> {
  const { docker, name, old, request, signal, reached } = options
  await refuseWhatWouldHarm(docker, old, signal)
  const containers = containersOf(docker, signal)
  await reached('recreate:create')
  const id = await makeNext({ docker, containers, name, old, request, signal })
  await reached('recreate:stop')
  // Some policies start a stopped container when the machine does.
  await containers.setRestart(old.Id, { Name: 'no' })
  await containers.stop(old)
  await reached('recreate:give-name')
  await containers.rename(old.Id, `${name}${keptSuffix}`)
  await reached('recreate:take-name')
  await containers.rename(id, name)
  await reached('recreate:start')
  await start(containers, id, name)
  await reached('recreate:check')
  return id
}

/** What the engine refuses to start cannot be well: a program that the image does not have, a port that is taken. */
async function start(containers: Containers, id: string, name: string): Promise<void> {
  try {
    await containers.start(id)
  } catch (cause) {
    if (!(cause instanceof SlipwayError) || cause.code !== 'ENGINE_FAILED') throw cause
    throw new SlipwayError('SERVICE_UNHEALTHY', `The container ${name} is not well: ${cause.message}`, {
      cause,
    })
  }
}

async function refuseWhatWouldHarm(docker: Docker, old: Facts, signal: AbortSignal): Promise<void> {
  const abortSignal = AbortSignal.any([signal, AbortSignal.timeout(callDeadline)])
  const others = await callEngine('listing containers', signal, () =>
    docker.listContainers({ all: true, abortSignal }),
  )
  const why = refusalOf(old, others)
  if (why === null) return
  const name = old.Name.slice(1)
  throw new SlipwayError('RELOAD_FAILED', `The container ${name} cannot be recreated: ${why}.`)
}
