import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const execute = promisify(execFile)

/** Bytes on the disk below a folder, as `du` counts them: a file with several names once. */
export async function diskUse(path: string): Promise<number> {
  const { stdout } = await execute('du', ['--summarize', '--block-size=1', path])
  return Number(stdout.split('\t')[0])
}
