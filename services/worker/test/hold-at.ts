import { vi } from 'vitest'
import type { Rig } from './rig.ts'

/** Something that waits at a place until it is let go or told to stop. */
export interface Gate {
  /** Resolves when something waits. */
  readonly reached: Promise<void>
  open(): void
}

/** Where a walk can be held, each by what it calls there. */
export type HoldPlace = 'resolve' | 'pull' | 'copy' | 'link' | 'reload' | 'check'

/** Holds the next walk that comes to this place, until it is let go or its signal fires. */
export function holdAt({ registry, engine, site, services, probe }: Rig, place: HoldPlace): Gate {
  const { gate, held } = createGate()
  if (place === 'resolve') {
    const real = registry.resolve.bind(registry)
    vi.spyOn(registry, 'resolve').mockImplementationOnce(held(real, ([{ signal }]) => signal))
  } else if (place === 'pull') {
    const real = engine.pull.bind(engine)
    vi.spyOn(engine, 'pull').mockImplementationOnce(held(real, ([{ signal }]) => signal))
  } else if (place === 'copy') {
    const real = engine.openSource.bind(engine)
    vi.spyOn(engine, 'openSource').mockImplementationOnce(held(real, ([, signal]) => signal))
  } else if (place === 'link') {
    const real = site.releases.linkShared.bind(site.releases)
    vi.spyOn(site.releases, 'linkShared').mockImplementationOnce(held(real, ([, , signal]) => signal))
  } else if (place === 'reload') {
    const real = services.reload.bind(services)
    vi.spyOn(services, 'reload').mockImplementationOnce(held(real, ([, , signal]) => signal))
  } else {
    const real = probe.look.bind(probe)
    vi.spyOn(probe, 'look').mockImplementationOnce(held(real, ([, signal]) => signal))
  }
  return gate
}

function createGate() {
  const reached = Promise.withResolvers<void>()
  const opened = Promise.withResolvers<void>()

  function held<A extends unknown[], R>(
    real: (...args: A) => Promise<R>,
    signalOf: (args: A) => AbortSignal | undefined,
  ) {
    return async (...args: A): Promise<R> => {
      reached.resolve()
      await Promise.race([opened.promise, fired(signalOf(args))])
      return real(...args)
    }
  }

  return { gate: { reached: reached.promise, open: () => opened.resolve() } satisfies Gate, held }
}

function fired(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    if (signal?.aborted) reject(signal.reason)
    signal?.addEventListener('abort', () => reject(signal.reason))
  })
}
