import { hash, randomUUID } from 'node:crypto'
import type { Wanted } from '@slipway/core'

/** `d` for a deployment, `r` for a rollout. */
type Kind = 'd' | 'r'

/**
 * The id of what a push comes to at a place: a host, or the home of a rollout. A repetition of the same call gets the
 * same one, and finds there what its first try wrote; without a delivery each is a new one.
 */
export function idOf(
  kind: Kind,
  { delivery, project }: Pick<Wanted, 'delivery' | 'project'>,
  place: string,
): string {
  if (delivery === undefined) return newId(kind)
  // Names of projects and places hold no NUL, so no two of these are one text.
  return `${kind}${short(hash('sha256', `${delivery}\0${project}\0${place}`))}`
}

/** Random enough never to meet another one. */
function newId(kind: Kind): string {
  const random = randomUUID()
  // Its version and its variant stand in the digits between these.
  return `${kind}${short(random.slice(0, 8) + random.slice(-8))}`
}

const sixLetters = 36 ** 6

/** Sixty-three bits as short as can be typed, from the first sixteen hexadecimal digits. */
function short(digits: string): string {
  const high = Number.parseInt(digits.slice(0, 8), 16)
  const low = Number.parseInt(digits.slice(8, 16), 16) % sixLetters
  return high.toString(36).padStart(7, '0') + low.toString(36).padStart(6, '0')
}
