import { createMatcher, type Wanted } from '@slipway/core'
import type { FastifyInstance } from 'fastify'
import { openHooks } from '../src/hooks.ts'
import { createPreflight } from '../src/preflight.ts'
import { createPublicApp, type PublicAppOptions } from '../src/public-app.ts'
import { createRateLimit } from '../src/rate-limit.ts'
import { createReceive } from '../src/receive.ts'
import { captureLog } from './captured-log.ts'
import { configOf } from './config.ts'

export interface PublicRigOptions extends Partial<Omit<PublicAppOptions, 'store' | 'receive' | 'preflight'>> {
  /** Calls a minute of a hook; default: no limit. */
  readonly perHook?: number
}

/** The public listener with a store that only remembers what it was given. */
export interface PublicRig {
  readonly app: FastifyInstance
  /** Everything that was queued. */
  readonly accepted: Wanted[]
  /** Makes the store fail with this. */
  failure: Error | undefined
  isReady: boolean
}

export function openPublicApp(
  input: object,
  secrets: ReadonlyMap<string, readonly string[]>,
  { perHook = 0, ...options }: PublicRigOptions = {},
): PublicRig {
  const { hooks, projects } = configOf(input)
  const open = openHooks(hooks, secrets)
  const accepted: Wanted[] = []
  const store: PublicAppOptions['store'] = {
    async accept(wanted) {
      if (rig.failure) throw rig.failure
      accepted.push(...wanted)
      return wanted.map((want, at) => ({ ...want, seq: 100 + at, deployment: `d${at}` }))
    },
    ready: async () => rig.isReady,
  }
  const app = createPublicApp({
    receive: createReceive(open, createMatcher(projects), createRateLimit(perHook)),
    preflight: createPreflight(open, perHook),
    store,
    clock: { now: () => 0 },
    log: captureLog().log,
    ...options,
  })
  const rig: PublicRig = { app, accepted, failure: undefined, isReady: true }
  return rig
}
