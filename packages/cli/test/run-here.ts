import { runSlipway } from '../src/run-slipway.ts'

export interface EndedHere {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs `slipway` in this process, with nothing in its environment: quicker, and with a clock of the test's own. */
export async function runHere(args: readonly string[], now: () => number = () => 0): Promise<EndedHere> {
  const stdout: string[] = []
  const stderr: string[] = []
  const code = await runSlipway(args, {
    environment: {},
    clock: { now },
    out: (line) => stdout.push(`${line}\n`),
    say: (line) => stderr.push(`${line}\n`),
  })
  return { code, stdout: stdout.join(''), stderr: stderr.join('') }
}
