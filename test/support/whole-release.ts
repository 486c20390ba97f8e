import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { type CurrentReport, poll } from '@slipway/lab'
import type { FaultStack, Ordered } from './fault-stack.ts'

/** All that has to be true of a project when its newest deployment is live, whatever happened on the way. */
export interface Whole {
  /** What `current` leads to. */
  readonly version: string | undefined
  /** True when slipway's own state says the same. */
  readonly isRemembered: boolean
  /** How many complete releases the deployment has. */
  readonly folders: number
  readonly leftovers: readonly string[]
  readonly containers: readonly string[]
  /** The note of a switch that is not brought to its end. */
  readonly hasJournal: boolean
}

/** What a project is like when all went well. */
export function whole(version: string): Whole {
  return { version, isRemembered: true, folders: 1, leftovers: [], containers: [], hasJournal: false }
}

/** Looks at a project after a deploy. The host defaults to the first. */
export async function lookAt(
  stack: FaultStack,
  project: string,
  { seq }: Pick<Ordered, 'seq'>,
  host?: string,
): Promise<Whole> {
  const current = await stack.current(project, host)
  const deployed = await stack.deployed(project, host)
  const containers = await stack.containers(project, host)
  return {
    version: current?.version,
    isRemembered: current !== null && current.release === deployed?.name,
    folders: (await stack.releases(project, host)).filter((name) => name.startsWith(`${seq}-`)).length,
    leftovers: await stack.tmpLeftovers(project, host),
    containers: containers.map(({ role, state }) => `${role} ${state}`),
    hasJournal: await access(join(stack.root(project, host), '.slipway', 'journal.json')).then(
      () => true,
      () => false,
    ),
  }
}

/** The versions that a visitor saw, in their order. */
export function versionsIn({ targets }: CurrentReport): string[] {
  return targets.map(({ revision }) => revision)
}

/** Waits until no worker of a host is at a deploy, not even at what follows its outcome. */
export async function untilIdle(stack: FaultStack, host = 'local'): Promise<void> {
  const active = stack.key(`deploy-${host}:active`, host)
  await poll(async () => (await stack.redis.llen(active)) === 0, {
    what: 'the queue to be idle',
    everyMs: 20,
  })
}
