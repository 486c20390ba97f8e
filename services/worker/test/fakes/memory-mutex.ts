import type { HeldMutex, ProjectMutex } from '../../src/ports/project-mutex.ts'

export interface MemoryMutex extends ProjectMutex {
  /** As if somebody took the lock away: who held it holds it no longer. */
  lose(root: string): void
}

/** A mutex for the walks of one process. */
export function createMemoryMutex(): MemoryMutex {
  const holders = new Map<string, HeldMutex>()
  return {
    lose: (root) => void holders.delete(root),
    async tryAcquire(root) {
      if (holders.has(root)) return null
      const held: HeldMutex = {
        stillHeld: async () => holders.get(root) === held,
        async release() {
          if (holders.get(root) === held) holders.delete(root)
        },
      }
      holders.set(root, held)
      return held
    },
  }
}
