import { vi } from 'vitest'

/** Resolves with what is looked for as soon as it is there; patient, because a machine may be busy with other tests. */
export function until<T>(look: () => T | Promise<T>): Promise<NonNullable<T>> {
  return vi.waitUntil(look, { timeout: 10_000, interval: 10 }) as Promise<NonNullable<T>>
}
