import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isLeftBehind, thisRun } from '../run-id.ts'

const prefix = 'slipway-demo-'
const ownerFile = 'run-id'

/** A new folder for this demo. It is short on purpose: the path of a Unix socket has an end. */
export async function makeDemoFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), prefix))
  await writeFile(join(folder, ownerFile), thisRun)
  return folder
}

/** Removes the folders of demos that were killed. */
export async function sweepDemoFolders(): Promise<void> {
  const names = (await readdir(tmpdir())).filter((name) => name.startsWith(prefix))
  for (const folder of names.map((name) => join(tmpdir(), name))) {
    const owner = await readFile(join(folder, ownerFile), 'utf8').catch(() => '')
    if (isLeftBehind(owner)) await rm(folder, { recursive: true, force: true })
  }
}
