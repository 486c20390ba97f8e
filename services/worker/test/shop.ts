import { digestOf } from './project.ts'
import { type Fleet, openFleet, openQueueRig, type QueueRig, type QueueRigOptions } from './queue-rig.ts'
import { type Rig, wanted } from './rig.ts'

/** What the registry has under `v2`; under `v1` it has `wanted`. */
export const second = digestOf('b')

const tags = ['/v.*/']

/** A host whose registry has the tags `v1` and `v2`. */
export async function openShop(url: string, options: QueueRigOptions = {}): Promise<QueueRig> {
  const rig = await openQueueRig(url, { ...options, project: { tags, ...options.project } })
  offer(rig)
  return rig
}

/** Several such hosts. */
export async function openShops(
  url: string,
  rollout: object,
  options: readonly QueueRigOptions[],
): Promise<Fleet> {
  const owns = options.map((own) => ({ ...own, project: { tags, ...own.project } }))
  const fleet = await openFleet(url, rollout, owns)
  for (const rig of fleet.rigs) offer(rig)
  return fleet
}

function offer({ registry, engine }: Rig): void {
  registry.tags.set('v1', wanted).set('v2', second).set(second, second)
  engine.images.set(second, { 'public/index.php': '<?php echo 2;' })
}
