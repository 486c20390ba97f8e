import type { MaintenanceNote, MaintenancePage } from '../../src/ports/maintenance-page.ts'

export interface MemoryMaintenance extends MaintenancePage {
  /** What lies in the release roots; `foreign` is a file that a person put there. */
  readonly notes: Map<string, MaintenanceNote | 'foreign'>
}

/** Maintenance pages without a disk. */
export function createMemoryMaintenance(): MemoryMaintenance {
  const notes = new Map<string, MaintenanceNote | 'foreign'>()
  const own = (root: string) => {
    const note = notes.get(root)
    return note === undefined || note === 'foreign' ? null : note
  }
  return {
    notes,
    async show(root, note) {
      if (notes.get(root) !== 'foreign') notes.set(root, note)
    },
    hide: async (root) => own(root) !== null && notes.delete(root),
    shown: async (root) => own(root),
  }
}
