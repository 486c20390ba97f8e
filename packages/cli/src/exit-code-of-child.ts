import type { ChildProcess } from 'node:child_process'
import { constants } from 'node:os'

/** Waits for a program to end; one that a signal ended has 128 and the number of the signal, as in shells. */
export function exitCodeOfChild(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal ?? 'SIGTERM']))
  })
}
