import { execFile } from 'node:child_process'
import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { ensurePrograms } from '@slipway/lab'

/** A clock on the wall of single processes, which jumps as it is told while they run. */
export interface FakeClock {
  /** For the environment of whoever is to read it. */
  readonly env: Readonly<Record<string, string>>
  /** Puts it so many hours before or behind the machine's. */
  shift(hours: number): Promise<void>
}

/** The clock that only goes forward, and with it timers and deadlines, is left alone, as a jump of a real clock does. */
export async function openFakeClock(folder: string): Promise<FakeClock> {
  const { faketime } = await ensurePrograms(['faketime'], { say: () => {} })
  const { stdout } = await promisify(execFile)(faketime, ['-m', '-f', '+0', 'printenv', 'LD_PRELOAD'])
  const file = join(folder, 'clock')
  const shift = async (hours: number) => {
    // Nobody may read half of it.
    await writeFile(`${file}.new`, `${hours < 0 ? '' : '+'}${hours * 3_600}\n`)
    await rename(`${file}.new`, file)
  }
  await shift(0)
  return {
    env: {
      LD_PRELOAD: stdout.trim(),
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: '1',
      DONT_FAKE_MONOTONIC: '1',
    },
    shift,
  }
}
