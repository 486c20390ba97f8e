import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ensureMachine, sweepThisRun } from '@slipway/lab'
import { say } from './figures.ts'

export type Close = () => Promise<unknown>

/** Gives a measurement its folder and its engine, and closes what it opened, last first, whatever happens. */
export async function withMachine(
  work: (folder: string, onClose: (close: Close) => void) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-bench-'))
  const closers: Close[] = [() => rm(folder, { recursive: true, force: true })]
  try {
    const machine = await ensureMachine({ stateDir: folder, needs: ['redis'], say })
    if (!machine.ok) throw new Error(machine.why)
    closers.push(machine.stop, sweepThisRun)
    await work(folder, (close) => closers.push(close))
  } finally {
    for (const close of closers.reverse()) await close()
  }
}
