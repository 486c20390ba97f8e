import { keptSuffix, nextSuffix, SlipwayError, serviceLabels } from '@slipway/core'
import type Docker from 'dockerode'
import { type Containers, containersOf, type Facts } from './containers.ts'
import { nameImage } from './images.ts'

/** What there is of a service: the container that has its name, the one it replaced, the one that is to replace it. */
export interface Stand {
  readonly main: Facts | null
  readonly kept: Facts | null
  readonly next: Facts | null
}

const putBackDeadline = 180_000

/** @throws SlipwayError RELOAD_FAILED when a name is taken by something that is not ours */
export async function standOf(containers: Containers, name: string): Promise<Stand> {
  const main = await containers.find(name)
  const kept = await containers.find(`${name}${keptSuffix}`)
  const next = await containers.find(`${name}${nextSuffix}`)
  if (kept && main && replacesOf(main) !== kept.Id) throw inTheWay(kept)
  const before = kept ?? main
  if (next && (!before || replacesOf(next) !== before.Id)) throw inTheWay(next)
  return { main, kept, next }
}

/**
 * Brings back the container that was to be replaced, from wherever a replacement got to, and takes the new one away.
 * Every step leaves something that the next try finds. Does not end with the run: what visitors had comes back first.
 */
export async function putBack(docker: Docker, name: string): Promise<Facts> {
  const signal = AbortSignal.timeout(putBackDeadline)
  const containers = containersOf(docker, signal)
  const { main, kept, next } = await standOf(containers, name)
  const before = kept ?? main
  if (!before) throw new SlipwayError('RELOAD_FAILED', `The container ${name} is gone.`)
  const replacement = next ?? (kept ? main : null)
  if (replacement) {
    const { RestartPolicy } = replacement.HostConfig
    if (RestartPolicy) await containers.setRestart(before.Id, RestartPolicy)
    await nameBack(docker, before, replacement, signal)
  }
  if (!replacement && !kept) return before
  // It holds ports, addresses and the name.
  if (kept && main) {
    await containers.stop(main)
    await containers.remove(main.Id, 'fresh')
  }
  await containers.start(before.Id)
  if (kept) await containers.rename(kept.Id, name)
  if (next) await containers.remove(next.Id, 'fresh')
  return (await containers.find(name)) ?? before
}

/** The name that both were made by belongs to what runs. */
async function nameBack(
  docker: Docker,
  before: Facts,
  replacement: Facts,
  signal: AbortSignal,
): Promise<void> {
  const { Image: reference } = before.Config
  if (reference !== replacement.Config.Image || before.Image === replacement.Image) return
  if (!reference.startsWith('sha256:') && !reference.includes('@'))
    await nameImage(docker, before.Image, withTag(reference), signal)
}

function withTag(reference: string): string {
  return reference.lastIndexOf(':') > reference.lastIndexOf('/') ? reference : `${reference}:latest`
}

export function replacesOf(facts: Facts): string | undefined {
  return facts.Config.Labels[serviceLabels.replaces]
}

function inTheWay({ Name: name }: Facts): SlipwayError {
  return new SlipwayError(
    'RELOAD_FAILED',
    `The container ${name.slice(1)} is in the way, and slipway did not leave it there; remove or rename it.`,
  )
}
