import { run } from './command.ts'
import { isLeftBehind, runLabel, thisRun } from './run-id.ts'

/** What was removed, by kind. */
export interface Swept {
  readonly containers: number
  readonly networks: number
  readonly images: number
}

/**
 * Removes all that this run made: containers, networks and images that carry its label. Source images give their
 * label to the containers made of them, so those that a worker left are found too.
 */
export function sweepThisRun(): Promise<Swept> {
  return sweep((id) => id === thisRun)
}

/** Removes what runs left behind whose process is gone; never what a running one uses. */
export function sweepLeftovers(): Promise<Swept> {
  return sweep((id) => isLeftBehind(id))
}

async function sweep(isOurs: (runId: string) => boolean): Promise<Swept> {
  const filter = ['--filter', `label=${runLabel}`]
  const containers = await labelled('container', ['ls', '--all', '--quiet', ...filter], isOurs)
  await each(containers, (id) => ['container', 'rm', '--force', '--volumes', id])
  const networks = await labelled('network', ['ls', '--quiet', ...filter], isOurs)
  await each(networks, (id) => ['network', 'rm', id])
  const images = await labelled('image', ['ls', '--quiet', '--no-trunc', ...filter], isOurs)
  await each(images, (id) => ['image', 'rm', '--force', id])
  return { containers: containers.length, networks: networks.length, images: images.length }
}

async function labelled(
  kind: 'container' | 'network' | 'image',
  list: readonly string[],
  isOurs: (runId: string) => boolean,
): Promise<string[]> {
  const ids = new Set((await run('docker', [kind, ...list])).split('\n').filter(Boolean))
  const labels = kind === 'network' ? '.Labels' : '.Config.Labels'
  const format = `{{index ${labels} "${runLabel}"}}`
  const found = await Promise.all(
    [...ids].map(async (id) => {
      // Gone between the list and the look is as good as removed.
      const label = await run('docker', [kind, 'inspect', '--format', format, id]).catch(() => '')
      return isOurs(label.trim()) ? [id] : []
    }),
  )
  return found.flat()
}

async function each(ids: readonly string[], command: (id: string) => string[]): Promise<void> {
  for (const id of ids) {
    await run('docker', command(id)).catch(async (cause: unknown) => {
      // Gone by other hands in the meantime is as good as removed.
      const [kind = ''] = command(id)
      const isThere = await run('docker', [kind, 'inspect', id]).then(
        () => true,
        () => false,
      )
      if (isThere) throw cause
    })
  }
}
