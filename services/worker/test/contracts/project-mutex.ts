import { describe, expect, it } from 'vitest'
import type { HeldMutex, ProjectMutex } from '../../src/ports/project-mutex.ts'

export interface MutexFixture {
  readonly mutex: ProjectMutex
  /** Roots of two projects. */
  readonly roots: readonly [string, string]
  /** Makes whoever holds this root lose it without knowing. */
  lose(root: string): Promise<void>
}

/** What every ProjectMutex keeps. */
export function describeProjectMutex(name: string, make: () => Promise<MutexFixture>): void {
  describe(`${name} as a project mutex`, () => {
    it('is held by one at a time', async () => {
      const { mutex, roots } = await make()
      const held = await acquire(mutex, roots[0])

      expect(await mutex.tryAcquire(roots[0])).toBeNull()

      await held.release()
      await (await acquire(mutex, roots[0])).release()
    })

    it('is one for each project', async () => {
      const { mutex, roots } = await make()
      const first = await acquire(mutex, roots[0])

      const second = await acquire(mutex, roots[1])

      await first.release()
      await second.release()
    })

    it('gives itself to one of many who ask at once', async () => {
      const { mutex, roots } = await make()

      const answers = await Promise.all(Array.from({ length: 8 }, () => mutex.tryAcquire(roots[0])))

      const held = answers.filter((one) => one !== null)
      expect(held).toHaveLength(1)
      await held[0]?.release()
    })

    it('knows that it is still held', async () => {
      const { mutex, roots } = await make()
      const held = await acquire(mutex, roots[0])

      await mutex.tryAcquire(roots[0])

      expect(await held.stillHeld()).toBe(true)
      await held.release()
    })

    it('knows that it was lost', async () => {
      const { mutex, roots, lose } = await make()
      const held = await acquire(mutex, roots[0])

      await lose(roots[0])

      expect(await held.stillHeld()).toBe(false)
      const next = await acquire(mutex, roots[0])
      expect(await next.stillHeld()).toBe(true)
      expect(await held.stillHeld()).toBe(false)
      await held.release()
      expect(await next.stillHeld()).toBe(true)
      await next.release()
    })
  })
}

/** Takes it, or says that it could not be taken. */
export async function acquire(mutex: ProjectMutex, root: string): Promise<HeldMutex> {
  const held = await mutex.tryAcquire(root)
  if (!held) throw new Error(`the mutex of ${root} is busy`)
  return held
}
