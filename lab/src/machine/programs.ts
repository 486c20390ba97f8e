import { access, constants } from 'node:fs/promises'
import { join } from 'node:path'

// The system's own folders are often missing from the PATH of someone who is not root.
const folders = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin']

/** Where a program lies among the system's folders; undefined when it is not installed. */
export async function findProgram(name: string): Promise<string | undefined> {
  for (const folder of folders) {
    const path = join(folder, name)
    const found = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    )
    if (found) return path
  }
  return undefined
}
