import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type PrivateEngine, poll } from '@slipway/lab'
import { expect } from 'vitest'
import type { FaultStack } from './fault-stack.ts'

/** What was live while something else was done. */
export interface Watched<T> {
  readonly result: T
  /** What the site was, one after the other: its versions. */
  readonly versions: readonly string[]
}

/** Looks at the live release as long as the work takes; it must be whole at every look. */
export async function watched<T>(
  stack: FaultStack,
  project: string,
  work: () => Promise<T>,
  host?: string,
): Promise<Watched<T>> {
  const watch = await stack.watch(project, host)
  // Also when the work fails: then the way in which it fails tells more.
  const [done] = await Promise.allSettled([work()])
  const { gaps, targets } = await watch.stop()
  if (done.status === 'rejected') throw done.reason
  expect(gaps).toEqual([])
  return { result: done.value, versions: targets.map(({ revision }) => revision) }
}

/** Waits until nothing of an unfinished run is left: folders, containers, halves of layers. */
export async function untilClean(stack: FaultStack, project: string, host?: string): Promise<void> {
  const look = async () => [
    ...(await stack.tmpLeftovers(project, host)),
    ...(await stack.containers(project, host)).map(({ name }) => name),
  ]
  await expect.poll(look, { timeout: 20_000 }).toEqual([])
}

/** What an engine has fetched of layers that are not whole. */
export async function halfLayers({ dataRoot }: PrivateEngine): Promise<string[]> {
  const names = await readdir(join(dataRoot, 'tmp')).catch(() => [])
  return names.filter((name) => name.startsWith('GetImageBlob'))
}

/** Waits until a deployment has come to so many attempts; gives how far it is. */
export async function untilAttempts(stack: FaultStack, id: string, count: number) {
  return poll(
    async () => {
      const record = await stack.deployment(id)
      return Number(record?.attempts) >= count ? record : undefined
    },
    { what: `attempt ${count} of ${id}`, timeoutMs: 60_000 },
  )
}

/** Waits until a deployment's log says something. */
export async function untilLogged(stack: FaultStack, id: string, text: string): Promise<void> {
  await poll(async () => (await stack.log(id)).includes(text), {
    what: `${text} in the log of ${id}`,
    timeoutMs: 60_000,
  })
}
