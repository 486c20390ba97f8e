import { readFile, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { layoutOf } from '@slipway/core'
import type { MaintenanceNote, MaintenancePage } from '../ports/maintenance-page.ts'
import { diskError } from './disk-error.ts'
import { syncFolder, writeDurably } from './durable-file.ts'

/** The web server runs as another user. */
const readableByAll = 0o644

/** `maintenance.on` in the release root: JSON, so that a page can say since when. */
export const maintenanceFile: MaintenancePage = {
  show: (root, note) =>
    onDisk(root, async (path) => {
      if ((await read(path)) === 'foreign') return
      const text = { since: new Date(note.since).toISOString(), deployment: note.deployment }
      await writeDurably(path, `${JSON.stringify(text)}\n`, readableByAll)
    }),
  hide: (root) =>
    onDisk(root, async (path) => {
      const found = await read(path)
      if (found === null || found === 'foreign') return false
      await rm(path, { force: true })
      await syncFolder(dirname(path))
      return true
    }),
  shown: (root) =>
    onDisk(root, async (path) => {
      const found = await read(path)
      return found === 'foreign' ? null : found
    }),
}

async function read(path: string): Promise<MaintenanceNote | 'foreign' | null> {
  try {
    return noteIn(await readFile(path, 'utf8')) ?? 'foreign'
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
}

function noteIn(text: string): MaintenanceNote | null {
  try {
    const { since, deployment } = JSON.parse(text) as { since?: unknown; deployment?: unknown }
    const at = typeof since === 'string' ? Date.parse(since) : Number.NaN
    return typeof deployment === 'string' && !Number.isNaN(at) ? { since: at, deployment } : null
  } catch {
    return null
  }
}

async function onDisk<T>(root: string, work: (path: string) => Promise<T>): Promise<T> {
  try {
    return await work(layoutOf(root).maintenance)
  } catch (error) {
    throw diskError(error, root)
  }
}
